import sharp from 'sharp';

/*
 * Loaders are closed, then the formats that browsers and image tools write by default are opened one by one. TIFF, SVG, PDF,
 * HEIC, JPEG 2000 and the text and matrix loaders stay closed: rare in what clients send, and where libvips' and its
 * libraries' advisories were (SVG would also read other files).
 */
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadNsgif',
    'VipsForeignLoadHeif', // AVIF; the build carries no HEVC decoder
  ],
});
sharp.cache(false);
sharp.concurrency(1);

export { sharp };
