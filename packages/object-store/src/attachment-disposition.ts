/**
 * A `Content-Disposition` that saves under this name: a plain form for old clients, the exact one (RFC 8187) beside it.
 * Line breaks, quotes and path separators cannot leave their place.
 */
export function attachmentDisposition(name: string): string {
  const plain = name.replaceAll(/[^\w .+@=,()-]/gu, '_');
  const exact = encodeURIComponent(name).replaceAll(
    /['()*]/gu,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
