/**
 * `2024-02-05 06:10:52.299000`: UTC without a zone and always six digits, or the stock client fails to parse it (dossier 10). From
 * 1.6 on with a T between date and time.
 */
export function toTimestamp(iso: string, { isTraced }: { readonly isTraced: boolean } = { isTraced: false }): string {
  return `${iso.slice(0, 10)}${isTraced ? 'T' : ' '}${iso.slice(11, 23)}000`;
}
