import type { ImageAttributes, ImageColorSpace, ImageTarget, WantedImage } from '@infermesh/contracts';
import { MeshError } from '@infermesh/errors';
import type { Sharp } from 'sharp';
import { checkBytes, checkPixels } from '../check-limits.js';
import { mediaInvalid } from '../media-invalid.js';
import { fitSize } from '../rules/fit-size.js';
import { sniffMedia, type PictureFormat } from '../sniff-media.js';
import { encodeBmp } from './encode-bmp.js';
import { encodeMonochromePng } from './encode-monochrome-png.js';
import { findStowaway } from './find-stowaway.js';
import { chooseColorSpace } from './image-colors.js';
import { openPicture } from './open-picture.js';
import { readPictureAttributes } from './picture-attributes.js';
import type { AllLimits } from '../limits.js';

export interface ConvertedPicture {
  readonly before: ImageAttributes;
  readonly after: ImageAttributes;
  /** Null when the picture complied: it stays byte for byte. */
  readonly bytes: Buffer | null;
}

const white = { r: 255, g: 255, b: 255 };
const defaultQuality = 90;

interface Target {
  readonly format: ImageTarget;
  readonly colorSpace: ImageColorSpace;
  readonly width: number;
  readonly height: number;
}

/** @throws MeshError MEDIA_INVALID for what is no picture, or two files in one; MEDIA_TOO_LARGE */
export async function probePicture(bytes: Buffer, limits: AllLimits): Promise<ImageAttributes> {
  checkBytes(bytes.length, limits);
  const { format, description } = getPicture(bytes);
  const stowaway = findStowaway(bytes);
  if (stowaway !== undefined) {
    throw new MeshError('MEDIA_INVALID', `${description} that holds ${stowaway} as well; send the image alone`);
  }
  const attributes = await readPictureAttributes(bytes, format, description);
  checkPixels(attributes, limits);
  return attributes;
}

/**
 * Makes a picture of the wanted attributes: the first frame, upright, in sRGB, 8 bits a channel, without metadata. Alpha
 * that has to go is laid on white. What complies is decoded once, so that a damaged file is found, and stays as it is.
 *
 * @throws MeshError MEDIA_INVALID, MEDIA_TOO_LARGE; BAD_REQUEST when the wishes contradict each other
 */
export async function convertPicture(
  bytes: Buffer,
  wanted: WantedImage,
  limits: AllLimits,
  timeoutSeconds: number,
): Promise<ConvertedPicture> {
  const before = await probePicture(bytes, limits);
  const target = targetOf(before, wanted);
  checkPixels(target, limits, 'wanted image');
  const { format } = getPicture(bytes);
  try {
    const picture = openPicture(bytes, format, limits).timeout({ seconds: timeoutSeconds });
    if (complies(before, target)) {
      await picture.raw().toBuffer();
      return { before, after: before, bytes: null };
    }
    const fit = wanted.resizeMethod === 'crop' ? 'cover' : 'fill';
    const sized =
      before.width === target.width && before.height === target.height
        ? picture
        : picture.resize(target.width, target.height, { fit });
    const made = await encode(colour(sized, target.colorSpace), target, wanted.quality ?? defaultQuality);
    checkOutput(made.length, limits);
    return { before, after: await readPictureAttributes(made, target.format, 'the converted image'), bytes: made };
  } catch (error) {
    if (error instanceof MeshError) throw error;
    throw mediaInvalid(`the ${format.toUpperCase()} image`, error);
  }
}

function getPicture(bytes: Buffer): { readonly format: PictureFormat; readonly description: string } {
  const sniffed = sniffMedia(bytes.subarray(0, 512));
  if (sniffed.kind === 'picture') return sniffed;
  throw new MeshError(
    'MEDIA_INVALID',
    `found ${sniffed.description}; send a JPEG, PNG, WebP, TIFF, BMP, GIF or AVIF image`,
  );
}

function targetOf(before: ImageAttributes, wanted: WantedImage): Target {
  const { formats } = wanted;
  const own = before.format === 'avif' ? undefined : before.format;
  const format = own !== undefined && (formats?.includes(own) ?? true) ? own : (formats?.[0] ?? 'png');
  const colorSpace =
    before.format === format && (wanted.colorSpaces?.includes(before.colorSpace) ?? true)
      ? before.colorSpace
      : chooseColorSpace(format, before.colorSpace, wanted.colorSpaces);
  return { format, colorSpace, ...fitSize(before, wanted) };
}

function complies(before: ImageAttributes, target: Target): boolean {
  return (
    before.format === target.format &&
    before.colorSpace === target.colorSpace &&
    before.width === target.width &&
    before.height === target.height
  );
}

function colour(picture: Sharp, colorSpace: ImageColorSpace): Sharp {
  switch (colorSpace) {
    case 'rgb':
      return picture.flatten({ background: white }).toColourspace('srgb');
    case 'rgba':
      return picture.ensureAlpha().toColourspace('srgb');
    case 'palette':
      return picture.toColourspace('srgb');
    case 'gray':
      return picture.flatten({ background: white }).toColourspace('b-w');
    case 'gray_alpha':
      return picture.ensureAlpha().toColourspace('b-w');
    case 'monochrome':
      return picture.flatten({ background: white }).threshold(128).toColourspace('b-w');
  }
}

async function encode(picture: Sharp, { format, colorSpace }: Target, quality: number): Promise<Buffer> {
  switch (format) {
    case 'jpeg':
      return picture.jpeg({ quality }).toBuffer();
    case 'png':
      if (colorSpace === 'monochrome') return encodeMonochrome(picture);
      return picture.png({ palette: colorSpace === 'palette' }).toBuffer();
    case 'webp':
      return picture.webp({ quality }).toBuffer();
    case 'tiff':
      return colorSpace === 'monochrome'
        ? picture.tiff({ bitdepth: 1, compression: 'deflate', predictor: 'none' }).toBuffer()
        : picture.tiff({ compression: 'deflate', predictor: 'horizontal' }).toBuffer();
    case 'bmp':
      return encodeBitmap(picture);
    case 'gif':
      return picture.gif().toBuffer();
  }
}

async function encodeMonochrome(picture: Sharp): Promise<Buffer> {
  const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return encodeMonochromePng(data, info.width, info.height);
}

async function encodeBitmap(picture: Sharp): Promise<Buffer> {
  const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return encodeBmp({ data, width: info.width, height: info.height, channels: info.channels === 4 ? 4 : 3 });
}

function checkOutput(sizeBytes: number, { maxOutputBytes }: AllLimits): void {
  if (sizeBytes <= maxOutputBytes) return;
  throw new MeshError('MEDIA_TOO_LARGE', `the converted image has over ${maxOutputBytes} bytes; ask for a smaller one`);
}
