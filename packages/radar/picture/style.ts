/** How the pictures look; sizes in pixels. */
export const style = {
  width: 1280,
  height: 720,
  fontFamily: "Inter, 'Helvetica Neue', Arial, sans-serif",
  paper: '#ffffff',
  ink: '#1e293b',
  faintInk: '#64748b',
  gridLine: '#e2e8f0',
  panel: '#f8fafc',
  point: '#ffffff',
  pointEdge: '#0f172a',
  cluster: '#f97316',
  track: '#e11d48',
} as const;
