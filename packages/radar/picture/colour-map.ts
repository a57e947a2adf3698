/** A colour in OKLab. */
interface Lab {
  readonly lightness: number;
  /** Degrees of hue and strength of colour. */
  readonly hue: number;
  readonly chroma: number;
}

/** From night to day: violet, blue, teal, green, yellow; the lightness rises all the way. */
const stops: readonly Lab[] = [
  { lightness: 0.16, hue: 290, chroma: 0.06 },
  { lightness: 0.3, hue: 286, chroma: 0.14 },
  { lightness: 0.45, hue: 255, chroma: 0.115 },
  { lightness: 0.6, hue: 205, chroma: 0.095 },
  { lightness: 0.75, hue: 155, chroma: 0.14 },
  { lightness: 0.95, hue: 104, chroma: 0.17 },
];

const fineSteps = 2000;

/**
 * 256 colours, each as different to the eye from the one before as all the others are: the path through the stops is
 * walked in equal distances of OKLab.
 *
 * Source of the colour space: B. Ottosson, "A perceptual color space for image processing", 2020.
 *
 * @returns 256 times red, green, blue, 8 bits each
 */
export function createColourMap(): Uint8Array {
  const path = Array.from({ length: fineSteps + 1 }, (_, step) => labAt(step / fineSteps));
  const walked = path.reduce<number[]>((sums, point, index) => {
    const before = path[index - 1];
    return [
      ...sums,
      (sums.at(-1) ?? 0) + (before === undefined ? 0 : Math.hypot(...point.map((v, k) => v - (before[k] ?? 0)))),
    ];
  }, []);
  const total = walked.at(-1) ?? 1;
  const colours = Array.from({ length: 256 }, (_, index) => {
    const at = walked.findIndex((distance) => distance >= (total * index) / 255);
    return toSrgb(path[at < 0 ? fineSteps : at] ?? [0, 0, 0]);
  });
  return Uint8Array.from(colours.flat());
}

/** [L, a, b] at a fraction of the way through the stops, linear in lightness, hue and chroma. */
function labAt(fraction: number): readonly [number, number, number] {
  const place = fraction * (stops.length - 1);
  const index = Math.min(Math.floor(place), stops.length - 2);
  const [from, to] = [stops[index], stops[index + 1]];
  if (from === undefined || to === undefined) return [0, 0, 0];
  const mix = (a: number, b: number): number => a + (b - a) * (place - index);
  const hue = (mix(from.hue, to.hue) * Math.PI) / 180;
  const chroma = mix(from.chroma, to.chroma);
  return [mix(from.lightness, to.lightness), chroma * Math.cos(hue), chroma * Math.sin(hue)];
}

function toSrgb([lightness, a, b]: readonly [number, number, number]): number[] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((linear) => Math.round(255 * gammaEncoded(Math.min(1, Math.max(0, linear)))));
}

function gammaEncoded(linear: number): number {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
}
