import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandOutput,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestServer, bucket, codeOf } from './test-server.js';

const mebibyte = 1024 * 1024;
const Bucket = bucket;

describe('the AWS SDK with its defaults', () => {
  let server: TestServer;
  let client: S3Client;

  beforeAll(async () => {
    server = await TestServer.start();
    client = server.client();
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  async function put(Key: string, Body: string): Promise<string> {
    return (await client.send(new PutObjectCommand({ Bucket, Key, Body }))).ETag ?? '';
  }

  async function read(Key: string): Promise<Buffer> {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  describe('checksums', () => {
    const algorithms = [
      ChecksumAlgorithm.CRC32,
      ChecksumAlgorithm.CRC32C,
      ChecksumAlgorithm.CRC64NVME,
      ChecksumAlgorithm.SHA1,
      ChecksumAlgorithm.SHA256,
    ];
    const bytes = randomBytes(300_000);

    it.each(algorithms)('%s of bytes and of a stream are checked, kept and answered', async (algorithm) => {
      const Key = `checksum/${algorithm}`;
      const input = { Bucket, Key, ChecksumAlgorithm: algorithm, ContentLength: bytes.byteLength };
      const whole = await client.send(new PutObjectCommand({ ...input, Body: bytes }));
      const streamed = await client.send(
        new PutObjectCommand({ ...input, Body: Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]) }),
      );
      const member = `Checksum${algorithm}` as const;
      expect(whole[member as 'ChecksumCRC32']).toBeDefined();
      expect(streamed[member as 'ChecksumCRC32']).toBe(whole[member as 'ChecksumCRC32']);
      expect(streamed.ETag).toBe(whole.ETag);
      expect((await read(Key)).equals(bytes)).toBe(true);
      const head = await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
      expect(head).toMatchObject({ [member]: whole[member as 'ChecksumCRC32'], ChecksumType: 'FULL_OBJECT' });
      expect(head.ContentEncoding).toBeUndefined();
    });

    it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'])(
      'a wrong %s is refused and nothing is stored',
      async (algorithm) => {
        const Key = `checksum/wrong-${algorithm}`;
        const sizes: Record<string, number> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 };
        const wrong = { [`Checksum${algorithm}`]: Buffer.alloc(sizes[algorithm] ?? 0, 1).toString('base64') };
        const refused = client.send(new PutObjectCommand({ Bucket, Key, Body: bytes, ...wrong }));
        await expect(refused).rejects.toMatchObject({ name: 'BadDigest' });
        await expect(client.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: 'NotFound' });
      },
    );

    it('Content-MD5 is checked', async () => {
      const md5 = (text: string) => createHash('md5').update(text).digest('base64');
      const send = (ContentMD5: string) =>
        client.send(new PutObjectCommand({ Bucket, Key: 'md5', Body: 'text', ContentMD5 }));
      await expect(send(md5('other'))).rejects.toMatchObject({ name: 'BadDigest' });
      await expect(send('nonsense')).rejects.toMatchObject({ name: 'InvalidDigest' });
      await expect(send(md5('text'))).resolves.toMatchObject({
        ETag: `"${createHash('md5').update('text').digest('hex')}"`,
      });
    });
  });

  describe('what is kept', () => {
    it('answers headers and metadata as they were given', async () => {
      const given = {
        ContentType: 'image/webp',
        CacheControl: 'max-age=5',
        ContentDisposition: 'inline',
        ContentEncoding: 'gzip',
        ContentLanguage: 'de',
        Metadata: { 'job-id': '7', empty: '' },
      };
      await client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'x', ...given }));
      expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'kept' }))).toMatchObject(given);
      const overridden = await client.send(
        new GetObjectCommand({
          Bucket,
          Key: 'kept',
          ResponseContentType: 'text/plain',
          ResponseCacheControl: 'no-store',
        }),
      );
      expect(overridden).toMatchObject({
        ContentType: 'text/plain',
        CacheControl: 'no-store',
        ContentEncoding: 'gzip',
      });
    });

    it('has a limit for metadata', async () => {
      const large = client.send(
        new PutObjectCommand({ Bucket, Key: 'kept/large', Body: 'x', Metadata: { a: 'x'.repeat(2100) } }),
      );
      await expect(large).rejects.toMatchObject({ name: 'MetadataTooLarge' });
    });

    it('survives a restart', async () => {
      const own = await TestServer.start();
      await own
        .client()
        .send(new PutObjectCommand({ Bucket, Key: 'a/ü', Body: 'text', ContentType: 'x/y', Metadata: { a: 'b' } }));
      await own.restart();
      const found = await own.client().send(new GetObjectCommand({ Bucket, Key: 'a/ü' }));
      expect(found).toMatchObject({ ContentType: 'x/y', Metadata: { a: 'b' }, ContentLength: 4 });
      expect(await found.Body?.transformToString()).toBe('text');
      await own[Symbol.asyncDispose]();
    });
  });

  describe('conditions', () => {
    it('on reading', async () => {
      const ETag = await put('condition/read', 'text');
      const get = (conditions: object) =>
        client.send(new GetObjectCommand({ Bucket, Key: 'condition/read', ...conditions }));
      await expect(get({ IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
      await expect(get({ IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
      expect(await (await get({ IfMatch: ETag })).Body?.transformToString()).toBe('text');
    });

    it('on writing: one of many creates the object', async () => {
      const writes = Array.from({ length: 8 }, (_, index) =>
        client.send(
          new PutObjectCommand({ Bucket, Key: 'condition/once', Body: `writer ${String(index)}`, IfNoneMatch: '*' }),
        ),
      );
      const results = await Promise.allSettled(writes);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const winner = results.findIndex(({ status }) => status === 'fulfilled');
      expect((await read('condition/once')).toString()).toBe(`writer ${String(winner)}`);
    });

    it('on writing: a change by someone else is noticed', async () => {
      const first = await put('condition/changed', 'one');
      await put('condition/changed', 'two');
      const late = client.send(
        new PutObjectCommand({ Bucket, Key: 'condition/changed', Body: 'three', IfMatch: first }),
      );
      await expect(late).rejects.toMatchObject({ name: 'PreconditionFailed' });
      expect((await read('condition/changed')).toString()).toBe('two');
    });
  });

  it('holds copies and deletes to their conditions', async () => {
    const ETag = await put('condition/a', 'a');
    await put('condition/b', 'b');
    const copy = client.send(
      new CopyObjectCommand({ Bucket, Key: 'condition/b', CopySource: `${bucket}/condition/a`, IfNoneMatch: '*' }),
    );
    await expect(copy).rejects.toMatchObject({ name: 'PreconditionFailed' });
    const remove = (IfMatch: string) => client.send(new DeleteObjectCommand({ Bucket, Key: 'condition/a', IfMatch }));
    await expect(remove('"other"')).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await remove(ETag);
    await expect(read('condition/a')).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect((await read('condition/b')).toString()).toBe('b');
  });

  describe('lists', () => {
    const keys = ['list/a', 'list/b/1', 'list/b/2', 'list/c c', 'list/d&<e>', 'list/\u0001control', 'list/ü'];

    beforeAll(async () => {
      for (const key of keys) await put(key, key);
    });

    it('fold by delimiter, page by page', async () => {
      const found: string[] = [];
      let ContinuationToken: string | undefined;
      do {
        const token = ContinuationToken === undefined ? {} : { ContinuationToken };
        const page = await client.send(
          new ListObjectsV2Command({
            Bucket,
            Prefix: 'list/',
            Delimiter: '/',
            MaxKeys: 2,
            EncodingType: 'url',
            ...token,
          }),
        );
        found.push(...(page.Contents ?? []).map(({ Key = '' }) => decodeURIComponent(Key)));
        found.push(...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => decodeURIComponent(Prefix)));
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      expect(found.toSorted()).toEqual(['list/\u0001control', 'list/a', 'list/b/', 'list/c c', 'list/d&<e>', 'list/ü']);
    });

    it('begin behind a key, and tell what they were asked', async () => {
      const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/', StartAfter: 'list/b/1' }));
      expect(page.Contents?.map(({ Key }) => Key)).toEqual(['list/b/2', 'list/c c', 'list/d&<e>', 'list/ü']);
      expect(page).toMatchObject({
        Name: bucket,
        Prefix: 'list/',
        StartAfter: 'list/b/1',
        KeyCount: 4,
        MaxKeys: 1000,
        IsTruncated: false,
      });
    });

    it.each([{ ContinuationToken: 'nonsense' }, { MaxKeys: -1 }])('refuse %j', async (input) => {
      await expect(client.send(new ListObjectsV2Command({ Bucket, ...input }))).rejects.toMatchObject({
        name: 'InvalidArgument',
      });
    });
  });

  describe('buckets', () => {
    it('come and go', async () => {
      await server.createBucket('second-bucket');
      await expect(server.createBucket('second-bucket')).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou' });
      const { Buckets } = await client.send(new ListBucketsCommand());
      expect(Buckets?.map(({ Name }) => Name)).toEqual(['second-bucket', bucket]);
      await client.send(new PutObjectCommand({ Bucket: 'second-bucket', Key: 'a', Body: 'a' }));
      const remove = () => client.send(new DeleteBucketCommand({ Bucket: 'second-bucket' }));
      await expect(remove()).rejects.toMatchObject({ name: 'BucketNotEmpty' });
      await client.send(new DeleteObjectsCommand({ Bucket: 'second-bucket', Delete: { Objects: [{ Key: 'a' }] } }));
      await remove();
      await expect(remove()).rejects.toMatchObject({ name: 'NoSuchBucket' });
      await expect(
        client.send(new PutObjectCommand({ Bucket: 'second-bucket', Key: 'a', Body: 'a' })),
      ).rejects.toMatchObject({ name: 'NoSuchBucket' });
    });

    it.each(['UPPER', 'a', 'x..y', '-start', '127.0.0.1', 'with_underscore'])('cannot be named %j', async (name) => {
      const reply = await server.sendSigned({ method: 'PUT', target: `/${name}` });
      expect(codeOf(reply)).toBe('InvalidBucketName');
    });

    it('have a place', async () => {
      await expect(client.send(new GetBucketLocationCommand({ Bucket }))).resolves.toBeDefined();
    });
  });

  it('deletes many, and says which', async () => {
    const keys = ['delete/a', 'delete/b &<>', 'delete/\r\n'];
    for (const key of keys) await put(key, 'x');
    const answer = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [...keys, 'delete/none'].map((Key) => ({ Key })) } }),
    );
    expect(answer.Deleted).toHaveLength(4);
    expect((await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'delete/' }))).KeyCount).toBe(0);
  });

  it('copies with new metadata, onto itself too', async () => {
    await client.send(
      new PutObjectCommand({ Bucket, Key: 'copy/a', Body: 'x', ContentType: 'a/a', Metadata: { a: '1' } }),
    );
    const copy = (input: object) =>
      client.send(new CopyObjectCommand({ Bucket, Key: 'copy/a', CopySource: `${bucket}/copy/a`, ...input }));
    await expect(copy({})).rejects.toMatchObject({ name: 'InvalidRequest' });
    await copy({ MetadataDirective: 'REPLACE', ContentType: 'b/b', Metadata: { b: '2' } });
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'copy/a' }))).toMatchObject({
      ContentType: 'b/b',
      Metadata: { b: '2' },
    });
    await expect(copy({ Key: 'copy/b', CopySourceIfMatch: '"other"' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    await copy({ Key: 'copy/b' });
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'copy/a' }] } }));
    expect((await read('copy/b')).toString()).toBe('x');
  });

  describe('multipart uploads', () => {
    const parts = [randomBytes(5 * mebibyte), randomBytes(6 * mebibyte)];

    async function create(Key: string, input: object = {}): Promise<string> {
      return (await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...input }))).UploadId ?? '';
    }

    async function complete(
      Key: string,
      UploadId: string,
      sent: object[],
      input: object = {},
    ): Promise<CompleteMultipartUploadCommandOutput> {
      const command = new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: sent },
        ...input,
      });
      return client.send(command);
    }

    async function upload(Key: string, UploadId: string, input: object = {}): Promise<object[]> {
      const sent: object[] = [];
      for (const [index, Body] of parts.entries()) {
        const { $metadata: _metadata, ...part } = await client.send(
          new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: index + 1, Body, ...input }),
        );
        sent.push({ ...part, PartNumber: index + 1 });
      }
      return sent;
    }

    it('have the composite checksum of their parts, and can be completed twice', async () => {
      const Key = 'multipart/composite';
      const UploadId = await create(Key, { ChecksumAlgorithm: 'SHA256' });
      const sent = await upload(Key, UploadId, { ChecksumAlgorithm: 'SHA256' });
      const done = await complete(Key, UploadId, sent);
      const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
      expect(done.ChecksumSHA256).toBe(`${digest(Buffer.concat(parts.map(digest))).toString('base64')}-2`);
      expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/u);
      expect(await complete(Key, UploadId, sent)).toMatchObject({ ETag: done.ETag });
      expect((await read(Key)).equals(Buffer.concat(parts))).toBe(true);
    });

    it('are held to the checksum of the whole', async () => {
      const Key = 'multipart/whole';
      const UploadId = await create(Key, { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'FULL_OBJECT' });
      const sent = await upload(Key, UploadId, { ChecksumAlgorithm: 'CRC64NVME' });
      const check = { ChecksumType: 'FULL_OBJECT' };
      await expect(
        complete(Key, UploadId, sent, { ...check, ChecksumCRC64NVME: 'AAAAAAAAAAA=' }),
      ).rejects.toMatchObject({ name: 'BadDigest' });
      const whole = Buffer.concat(parts);
      const { ChecksumCRC64NVME } = await client.send(
        new PutObjectCommand({ Bucket, Key: 'multipart/plain', Body: whole, ChecksumAlgorithm: 'CRC64NVME' }),
      );
      await complete(Key, UploadId, sent, { ...check, ChecksumCRC64NVME });
      expect(await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }))).toMatchObject({
        ChecksumCRC64NVME,
      });
    });

    it('copy a part from an object, and forget what was not used', async () => {
      const Key = 'multipart/copied';
      await client.send(new PutObjectCommand({ Bucket, Key: 'multipart/source', Body: parts[0] ?? '' }));
      const UploadId = await create(Key);
      const copied = await client.send(
        new UploadPartCopyCommand({
          Bucket,
          Key,
          UploadId,
          PartNumber: 2,
          CopySource: `${bucket}/multipart/source`,
          CopySourceRange: 'bytes=10-19',
        }),
      );
      await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 9, Body: 'unused' }));
      const before = await server.dataSizes();
      await complete(Key, UploadId, [{ PartNumber: 2, ETag: copied.CopyPartResult?.ETag }]);
      expect(await read(Key)).toEqual(Buffer.from(parts[0]?.subarray(10, 20) ?? []));
      expect((await server.dataSizes()).length).toBe(before.length - 1);
    });

    it('are listed with their parts', async () => {
      const Key = 'multipart/listed';
      const first = await create(Key);
      const second = await create('multipart/listed-too');
      for (const PartNumber of [3, 1, 2])
        await client.send(
          new UploadPartCommand({ Bucket, Key, UploadId: first, PartNumber, Body: 'x'.repeat(PartNumber) }),
        );
      const uploads = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'multipart/listed' }));
      expect(uploads.Uploads?.map(({ UploadId }) => UploadId)).toEqual([first, second]);
      const page = await client.send(new ListPartsCommand({ Bucket, Key, UploadId: first, MaxParts: 2 }));
      expect(page.Parts?.map(({ Size }) => Size)).toEqual([1, 2]);
      const rest = await client.send(
        new ListPartsCommand({ Bucket, Key, UploadId: first, PartNumberMarker: page.NextPartNumberMarker ?? '' }),
      );
      expect(rest).toMatchObject({ Parts: [{ PartNumber: 3, Size: 3 }], IsTruncated: false });
      for (const [key, UploadId] of [
        [Key, first],
        ['multipart/listed-too', second],
      ] as const) {
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId }));
      }
      expect(
        (await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'multipart/listed' }))).Uploads,
      ).toBeUndefined();
    });

    it('do not replace an object that came first, where that is the condition', async () => {
      const Key = 'multipart/late';
      const UploadId = await create(Key);
      const part = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'late' }));
      await put(Key, 'early');
      const sent = [{ PartNumber: 1, ETag: part.ETag }];
      await expect(complete(Key, UploadId, sent, { IfNoneMatch: '*' })).rejects.toMatchObject({
        name: 'PreconditionFailed',
      });
      expect((await read(Key)).toString()).toBe('early');
      await complete(Key, UploadId, sent);
      expect((await read(Key)).toString()).toBe('late');
    });

    it('belong to their key', async () => {
      const UploadId = await create('multipart/mine');
      const stray = client.send(
        new UploadPartCommand({ Bucket, Key: 'multipart/yours', UploadId, PartNumber: 1, Body: 'x' }),
      );
      await expect(stray).rejects.toMatchObject({ name: 'NoSuchUpload' });
    });
  });

  it('is told what is not implemented, and nothing else happens', async () => {
    await put('plain', 'x');
    await expect(client.send(new GetObjectTaggingCommand({ Bucket, Key: 'plain' }))).rejects.toMatchObject({
      name: 'NotImplemented',
    });
    await expect(client.send(new ListObjectsCommand({ Bucket }))).rejects.toMatchObject({ name: 'NotImplemented' });
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'plain', VersionId: 'v1' }))).rejects.toMatchObject({
      name: 'NotImplemented',
    });
    await expect(
      client.send(new PutObjectCommand({ Bucket, Key: 'sse', Body: 'x', ServerSideEncryption: 'AES256' })),
    ).rejects.toMatchObject({ name: 'NotImplemented' });
    expect((await server.sendSigned({ method: 'DELETE', target: `/${bucket}/plain?tagging=` })).status).toBe(501);
    expect((await read('plain')).toString()).toBe('x');
  });
});
