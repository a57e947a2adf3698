import type { ExtrasSettings } from './extras-payload.js';

/** What was done, as the one paragraph of HTML that A1111's clients show below the picture. Empty when nothing was. */
export function htmlInfo(settings: ExtrasSettings): string {
  return `<p>${describe(settings).map(escapeHtml).join(', ')}</p>`;
}

function describe(settings: ExtrasSettings): string[] {
  const { upscaler_1: first, upscaler_2: second, extras_upscaler_2_visibility: weight } = settings;
  if (first === 'None') return [];
  const size = `${settings.upscaling_resize_w}x${settings.upscaling_resize_h}`;
  const cropped = settings.upscaling_crop ? [`Postprocess crop to: ${size}`] : [];
  const goal =
    settings.resize_mode === 0
      ? [`Postprocess upscale by: ${settings.upscaling_resize}`]
      : [`Postprocess upscale to: ${size}`, ...cropped];
  const mixed =
    second === 'None' || weight === 0
      ? []
      : [`Postprocess upscaler 2: ${second}`, `Postprocess upscaler 2 visibility: ${weight}`];
  return [...goal, `Postprocess upscaler: ${first}`, ...mixed];
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`);
}
