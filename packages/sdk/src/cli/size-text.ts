const units = ['KiB', 'MiB', 'GiB'] as const;

/** `812 B`, `1.4 MiB`. */
export function sizeText(sizeBytes: number): string {
  if (sizeBytes < 1024) return `${sizeBytes} B`;
  const power = Math.min(units.length, Math.floor(Math.log2(sizeBytes) / 10));
  return `${(sizeBytes / 1024 ** power).toFixed(1)} ${units[power - 1] ?? 'B'}`;
}
