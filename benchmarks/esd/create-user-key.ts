interface Auth {
  readonly authUrl: string;
  readonly adminKey: string;
}

const role = 'crowd';

/** Makes a user who may run inferences. @returns a key of the user */
export async function createUserKey({ authUrl, adminKey }: Auth, user: string): Promise<string> {
  const ask = async (method: string, path: string, body: object): Promise<string> => {
    const headers = { 'x-api-key': adminKey };
    const answer = await fetch(`${authUrl}${path}`, { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return text;
  };
  await ask('PUT', `/roles/${role}`, { permissions: ['inference:all'] });
  await ask('PUT', `/users/${user}`, { roles: [role] });
  return (JSON.parse(await ask('POST', '/keys', { name: 'benchmark', user })) as { key: string }).key;
}
