"""Section by section what the profile `compatible` computes (docs/radar.md), with NumPy in float64.

Usage: numpy_reference.py CONFIG.json FRAMES.bin ROUNDS
FRAMES.bin holds complex64 cubes [chirp][antenna][sample], one after the other. Prints JSON: milliseconds of each frame, by the
clock and of the processor, and what each frame of the first round yields.
"""

import json
import sys
import time

import numpy as np

LIGHT = 299792458.0


class Radar:
    def __init__(self, config):
        self.basic = config["RadarBasicConfig"][0]
        self.detection = config["RadarDetectionConfig"][0]
        self.clustering = config["RadarClusteringConfig"][0]
        self.tracking = config["RadarTrackingConfig"][0]
        b = self.basic
        self.samples, self.chirps = b["adcSamples"], b["numChirps"]
        self.antennas = b["numRx"] * b["numTx"]
        self.range_window = np.hanning(self.samples)
        self.doppler_window = np.hanning(self.chirps)[:, None, None]
        bandwidth = b["freqSlopeConst"] * 1e6 * self.samples / b["adcSampleRate"] * 1e3
        carrier = b["Start_frequency"] * 1e9 + bandwidth / 2
        chirp_time = (b["idle"] + b["rampEndTime"]) * 1e-6
        self.range_step = LIGHT / (2 * bandwidth)
        self.speed_step = LIGHT / (2 * self.chirps * b["numTx"] * carrier * chirp_time)
        self.tracks = []
        self.next_id = 1

    def process(self, cube):
        spectrum = self.spectrum(cube)
        magnitudes = np.abs(spectrum).sum(axis=1).T  # [range][doppler]
        hits = self.group(self.hits(magnitudes))[: self.clustering["maxPoints"]]
        points = self.points(spectrum, hits)
        clusters = self.clusters(points)
        self.track(clusters)
        return len(hits), len(clusters), sum(track["id"] > 0 for track in self.tracks)

    def spectrum(self, cube):
        x = cube.astype(np.complex128)
        x -= x.mean(axis=2, keepdims=True)
        x = np.fft.fft(x * self.range_window, axis=2)
        x -= x.mean(axis=0, keepdims=True)
        return np.fft.fftshift(np.fft.fft(x * self.doppler_window, axis=0), axes=0)

    # Cell-averaging CFAR, two passes.

    def noise(self, rows, guard, training):
        """Noise estimate along the last axis, halved at the edges."""
        n, reach = rows.shape[-1], guard + training
        sums = np.concatenate([np.zeros(rows.shape[:-1] + (1,)), np.cumsum(rows, axis=-1)], axis=-1)
        j = np.arange(n)
        noise = np.empty_like(rows)
        middle = j[reach : n - reach]
        left = (sums[..., middle - guard - 1] - sums[..., middle - reach]) / (training - 1)
        right = (sums[..., middle + reach] - sums[..., middle + guard + 1]) / (training - 1)
        noise[..., middle] = (left + right) / 2
        first, last = j[:reach], j[n - reach :]
        noise[..., first] = (sums[..., first + reach] - sums[..., first + guard + 1]) / (training - 1) / 2
        noise[..., last] = (sums[..., last] - sums[..., last - reach]) / reach / 2
        return noise

    def factors(self, n, reach, pfa, last):
        factors = np.full(n, float(pfa))
        factors[:reach] *= 2
        factors[n - reach :] *= last
        return factors

    def hits(self, magnitudes):
        d = self.detection
        guard, training = d["DopplerWinGuardLen"], d["DopplerWinTrainLen"]
        factors = self.factors(self.chirps, guard + training, d["DopplerPfa"], 2)
        columns = np.flatnonzero((magnitudes > factors * self.noise(magnitudes, guard, training)).any(axis=0))
        columns = columns[columns != 0]
        guard, training = d["RangeWinGuardLen"], d["RangeWinTrainLen"]
        reach = guard + training
        values = magnitudes.T[columns]
        noise = self.noise(values, guard, training)
        fires = values > self.factors(self.samples, reach, d["RangePfa"], 4) * noise
        order = np.r_[reach : self.samples - reach, 0:reach, self.samples - reach : self.samples]
        column, place = np.nonzero(fires[:, order])
        bins = order[place]
        return [(int(r), int(columns[c]), values[c, r] / noise[c, r]) for c, r in zip(column, bins)]

    def group(self, hits):
        if len(hits) < 200:
            return hits
        snr = np.zeros((self.samples, self.chirps))
        for r, d, value in hits:
            snr[r, d] = value
        inner = snr[1:-1, 1:-1]
        peaks = np.zeros_like(snr, dtype=bool)
        peaks[1:-1, 1:-1] = (
            (inner > snr[:-2, 1:-1]) & (inner > snr[2:, 1:-1]) & (inner > snr[1:-1, :-2]) & (inner > snr[1:-1, 2:])
        )
        return [hit for hit in hits if peaks[hit[0], hit[1]]]

    def points(self, spectrum, hits):
        if not hits:
            return np.zeros((0, 4))
        r = np.array([hit[0] for hit in hits])
        d = np.array([hit[1] for hit in hits])
        snapshots = spectrum[d, :, r]
        if self.detection["AoaEstimationType"] == 1:
            k = np.abs(np.fft.fftshift(np.fft.fft(snapshots, self.chirps, axis=1), axes=1)).argmax(axis=1)
            angles = np.degrees(np.arcsin(2 * k / self.chirps - 1))
        else:
            angles = self.music(snapshots)
        ranges = (256 - r) * self.range_step
        speeds = (d - self.chirps // 2) * self.speed_step
        return np.column_stack([ranges, speeds, -angles, [hit[2] for hit in hits]])

    def music(self, snapshots):
        """One source, one snapshot: its subspace is the snapshot itself."""
        scan = np.arange(-90, 90, 0.5)
        steering = np.exp(1j * np.pi * np.outer(np.arange(self.antennas), np.sin(np.radians(scan))))
        found = []
        for x in snapshots:
            _, vectors = np.linalg.eigh(np.outer(x, x.conj()))
            noise = vectors[:, :-1]
            found.append(scan[(1 / (np.abs(noise.conj().T @ steering) ** 2).sum(axis=0)).argmax()])
        return np.array(found)

    def clusters(self, points):
        c = self.clustering
        angle = np.radians(points[:, 2])
        place = np.column_stack(
            [points[:, 0] * np.cos(angle), points[:, 0] * np.sin(angle), points[:, 1] * np.sqrt(c["weight"])]
        )
        near = ((place[:, None] - place[None]) ** 2).sum(axis=2) < c["eps"] ** 2
        core = near.sum(axis=1) >= c["minPointsInCluster"]
        labels = np.full(len(points), -1)
        count = 0
        for seed in range(len(points)):
            if labels[seed] >= 0 or not core[seed] or count == c["maxClusters"]:
                continue
            queue = [seed]
            labels[seed] = count
            while queue:
                point = queue.pop(0)
                if not core[point]:
                    continue
                for other in np.flatnonzero(near[point] & (labels < 0)):
                    labels[other] = count
                    queue.append(other)
            count += 1
        return [self.describe(points[labels == label], place[labels == label]) for label in range(count)]

    def describe(self, points, place):
        center = place.mean(axis=0)
        extent = np.abs(place - center).max(axis=0)
        return {
            "n": len(points),
            "x": center[0],
            "y": center[1],
            "rx": extent[0],
            "ry": extent[1],
            "speed": points[:, 1].mean(),
            "range_variance": (points[:, 0] ** 2 * points[:, 3]).mean(),
            "angle_variance": (np.radians(points[:, 2]) ** 2).mean(),
            "speed_variance": points[:, 1].var(),
        }

    # Extended Kalman filters.

    def track(self, clusters):
        t = self.tracking
        dt = 1 / t["timePerFrame"]
        f = np.eye(4) + dt * np.eye(4, k=2)
        q = np.kron(np.array([[dt**4 / 4, dt**3 / 2], [dt**3 / 2, dt**2]]), np.eye(2))
        for track in self.tracks:
            track["x"] = f @ track["x"]
            track["p"] = f @ track["p"] @ f.T + q
        seen = [(np.hypot(c["x"], c["y"]), np.arctan2(c["y"], c["x"]), -c["speed"]) for c in clusters[:24]]
        owners = [self.nearest(z) for z in seen]
        kept = []
        for index, track in enumerate(self.tracks):
            own = [m for m, owner in enumerate(owners) if owner == index][:6]
            if own:
                self.hit(track, [seen[m] for m in own], [clusters[m] for m in own])
            elif track["misses"] > t["trackerForgetThreshold"]:
                continue
            else:
                track["misses"] += 1
            kept.append(track)
        self.tracks = kept
        for z, cluster, owner in zip(seen, clusters, owners):
            if owner is None and len(self.tracks) < 64:
                self.tracks.append(self.begin(z, cluster))

    def expected(self, x):
        r = max(np.hypot(x[0], x[1]), 1e-6)
        return np.array([r, np.arctan2(x[1], x[0]), (x[0] * x[2] + x[1] * x[3]) / r])

    def nearest(self, z):
        th = self.tracking["trackerAssociationThreshold"]
        best, owner = np.inf, None
        for index, track in enumerate(self.tracks):
            r, azimuth, _ = self.expected(track["x"])
            distance = r * r + z[0] ** 2 - 2 * r * z[0] * np.cos(azimuth - z[1])
            radius = max(th, np.hypot(*track["size"]))
            if distance < radius**2 + (2 * np.arctan2(th, r)) ** 2 + th**2 and distance < best:
                best, owner = distance, index
        return owner

    def hit(self, track, seen, clusters):
        t = self.tracking
        x = track["x"]
        expected = self.expected(x)
        weights = np.array([c["n"] for c in clusters], dtype=float)
        innovation = np.array(seen) - expected
        innovation[:, 1] = (innovation[:, 1] + np.pi) % (2 * np.pi) - np.pi
        innovation = weights @ innovation / weights.sum()
        r, _, rate = expected
        h = np.array(
            [
                [x[0] / r, x[1] / r, 0, 0],
                [-x[1] / r**2, x[0] / r**2, 0, 0],
                [x[2] / r - x[0] * rate / r**2, x[3] / r - x[1] * rate / r**2, x[0] / r, x[1] / r],
            ]
        )
        noise = t["measurementNoiseVariance"] * np.diag([1, 1 / max(r, 1) ** 2, 1])
        gain = track["p"] @ h.T @ np.linalg.inv(h @ track["p"] @ h.T + noise)
        track["x"] = x + gain @ innovation
        track["p"] = (np.eye(4) - gain @ h) @ track["p"]
        size = np.max([[c["rx"], c["ry"]] for c in clusters], axis=0)
        track["size"] = (1 - t["iirForgetFactor"]) * track["size"] + t["iirForgetFactor"] * size
        if track["id"] == 0 and track["hits"] > t["trackerActiveThreshold"]:
            track["id"] = self.next_id
            self.next_id += 1
        track["hits"] += 1
        track["misses"] = 0

    def begin(self, z, cluster):
        variance = self.tracking["measurementNoiseVariance"]
        along = np.array([np.cos(z[1]), np.sin(z[1])])
        across = np.array([-along[1], along[0]])
        p = np.zeros((4, 4))
        p[:2, :2] = variance * np.eye(2)
        p[2:, 2:] = variance * np.outer(along, along) + 100 * np.outer(across, across)
        x = np.array([cluster["x"], cluster["y"], *(z[2] * along)])
        return {"x": x, "p": p, "size": np.array([cluster["rx"], cluster["ry"]]), "hits": 0, "misses": 0, "id": 0}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        config = json.load(file)
    b = config["RadarBasicConfig"][0]
    shape = (-1, b["numChirps"], b["numRx"] * b["numTx"], b["adcSamples"])
    frames = np.fromfile(sys.argv[2], dtype=np.complex64).reshape(shape)
    times, cpu_times, found = [], [], []
    for round_ in range(int(sys.argv[3])):
        radar = Radar(config)
        for frame in frames:
            started, cpu_started = time.perf_counter(), time.process_time()
            result = radar.process(frame)
            times.append((time.perf_counter() - started) * 1e3)
            cpu_times.append((time.process_time() - cpu_started) * 1e3)
            if round_ == 0:
                found.append(result)
    print(json.dumps({"numpy": np.__version__, "frameMs": times, "cpuMs": cpu_times, "found": found}))


main()
