/** `2024-02-05 06:10:52.299000`: UTC without a zone and always six digits, or the stock client fails to parse it (dossier 10). */
export function toTimestamp(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}000`;
}
