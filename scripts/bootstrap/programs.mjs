/**
 * The programs that no npm package brings.
 *
 * - `for`: the scripts that need it
 * - `replacedBy`: variables that make it unnecessary for `npm start`, since they name another one
 * - `folders`: where package managers put it without adding the folder to PATH; `*` stands for a version, newest first
 * - `packages`: its name for each package manager
 * - `services`: what Debian and its kin start right after installing; nobody asked for that, so it is stopped again
 *
 * A browser for the console's tests would be one more row, with `for: ['test']`.
 */
export const programs = [
  {
    name: 'redis-server',
    for: ['start', 'test'],
    replacedBy: ['REDIS_URL'],
    folders: ['/usr/sbin', '/opt/homebrew/opt/redis/bin', '/usr/local/opt/redis/bin'],
    packages: { 'apt-get': 'redis-server', dnf: 'redis', apk: 'redis', brew: 'redis' },
    services: ['redis-server'],
  },
  {
    name: 'ffmpeg',
    for: ['start', 'test'],
    replacedBy: ['FFMPEG_PATH'],
    versionFlag: '-version',
    folders: ['/opt/homebrew/bin'],
    packages: { 'apt-get': 'ffmpeg', dnf: 'ffmpeg-free', apk: 'ffmpeg', brew: 'ffmpeg' },
  },
  {
    name: 'c++',
    for: ['start', 'test'],
    replacedBy: ['CXX'],
    folders: [],
    packages: { 'apt-get': 'g++', dnf: 'gcc-c++', apk: 'g++', brew: 'gcc' },
  },
  {
    name: 'postgres',
    for: ['test'],
    folders: [
      '/usr/lib/postgresql/*/bin',
      '/usr/pgsql-*/bin',
      '/usr/libexec/postgresql*',
      '/opt/homebrew/opt/postgresql@*/bin',
      '/usr/local/opt/postgresql@*/bin',
    ],
    packages: { 'apt-get': 'postgresql', dnf: 'postgresql-server', apk: 'postgresql', brew: 'postgresql@17' },
    services: ['postgresql'],
  },
  {
    name: 'python3', // a worker and a client in another language
    for: ['test'],
    folders: ['/usr/bin', '/opt/homebrew/bin'],
    packages: { 'apt-get': 'python3', dnf: 'python3', apk: 'python3', brew: 'python3' },
  },
];
