#include "clusterer.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace radar {
namespace {

constexpr double kDegree = 3.14159265358979323846 / 180;
constexpr int kNoise = -1;
constexpr int kUnvisited = -2;

void placePoints(Clusterer& c, const RadarParam& param, const RadarPointClouds& points) {
  const double speedScale = std::sqrt(static_cast<double>(param.weight));
  for (int i = 0; i < points.len; ++i) {
    const double angle = points.angle[i] * kDegree;
    c.x[i] = points.range[i] * std::cos(angle);
    c.y[i] = points.range[i] * std::sin(angle);
    c.v[i] = points.speed[i] * speedScale;
  }
}

/** The point itself is one of them. @returns their number */
int findNeighbours(const Clusterer& c, int count, int point, double squaredReach) {
  for (int i = 0; i < count; ++i) {
    const double dx = c.x[i] - c.x[point];
    const double dy = c.y[i] - c.y[point];
    const double dv = c.v[i] - c.v[point];
    c.distances[i] = dx * dx + dy * dy + dv * dv;
  }
  int found = 0;
  for (int i = 0; i < count; ++i) {
    c.neighbours[found] = i;
    found += c.distances[i] < squaredReach;
  }
  return found;
}

/** Labels the neighbours that no cluster has; those never looked at are queued. */
int adopt(Clusterer& c, int neighbours, int label, int queued) {
  for (int k = 0; k < neighbours; ++k) {
    const int point = c.neighbours[k];
    if (c.labels[point] >= 0) continue;
    if (c.labels[point] == kUnvisited) c.queue[queued++] = point;
    c.labels[point] = label;
  }
  return queued;
}

void growCluster(Clusterer& c, const RadarParam& param, int count, int neighbours, int label, double squaredReach) {
  int queued = adopt(c, neighbours, label, 0);
  for (int next = 0; next < queued; ++next) {
    const int found = findNeighbours(c, count, c.queue[next], squaredReach);
    if (found >= param.mpc) queued = adopt(c, found, label, queued);
  }
}

/** M. Ester et al., "A density-based algorithm for discovering clusters", 1996. */
void labelPoints(Clusterer& c, const RadarParam& param, int count) {
  const double squaredReach = static_cast<double>(param.eps) * param.eps;
  std::fill_n(c.labels, count, kUnvisited);
  c.clusterCount = 0;
  for (int seed = 0; seed < count; ++seed) {
    if (c.labels[seed] != kUnvisited) continue;
    if (c.clusterCount == param.mc) break;
    const int found = findNeighbours(c, count, seed, squaredReach);
    c.labels[seed] = kNoise;
    if (found >= param.mpc) growCluster(c, param, count, found, c.clusterCount++, squaredReach);
  }
  std::replace(c.labels, c.labels + count, kUnvisited, kNoise);
}

struct Sums {
  int points = 0;
  double x = 0, y = 0, speed = 0, range = 0, angle = 0;
};

ClusterDescription describe(const Clusterer& c, const RadarPointClouds& points, int label) {
  Sums sums;
  for (int i = 0; i < points.len; ++i) {
    if (c.labels[i] != label) continue;
    const double angle = points.angle[i] * kDegree;
    sums.points += 1;
    sums.x += c.x[i];
    sums.y += c.y[i];
    sums.speed += points.speed[i];
    sums.range += static_cast<double>(points.range[i]) * points.range[i] * points.snr[i];
    sums.angle += angle * angle;
  }
  const double n = sums.points;
  double halfX = 0, halfY = 0, speedVariance = 0;
  for (int i = 0; i < points.len; ++i) {
    if (c.labels[i] != label) continue;
    halfX = std::max(halfX, std::fabs(c.x[i] - sums.x / n));
    halfY = std::max(halfY, std::fabs(c.y[i] - sums.y / n));
    const double deviation = points.speed[i] - sums.speed / n;
    speedVariance += deviation * deviation / n;
  }
  const auto number = [](double value) { return static_cast<float>(value); };
  return {sums.points,   number(sums.x / n),         number(sums.y / n),     number(halfX),
          number(halfY), number(sums.speed / n),     number(sums.range / n), number(speedVariance),
          number(sums.angle / n)};
}

}  // namespace

void planClusterer(Clusterer& clusterer, const RadarParam& param, Arena& arena) {
  for (double** part : {&clusterer.x, &clusterer.y, &clusterer.v, &clusterer.distances}) {
    *part = arena.take<double>(param.mp);
  }
  for (int** part : {&clusterer.labels, &clusterer.queue}) *part = arena.take<int>(param.mp);
  // One more: the search writes each candidate before it knows whether it counts.
  clusterer.neighbours = arena.take<int>(param.mp + 1);
  clusterer.indices = arena.take<int>(param.mc);
  clusterer.clusters = arena.take<ClusterDescription>(param.mc);
  clusterer.labelCount = 0;
  clusterer.clusterCount = 0;
  for (int i = 0; clusterer.indices != nullptr && i < param.mc; ++i) clusterer.indices[i] = i;
}

void findClusters(Clusterer& clusterer, const RadarParam& param, const RadarPointClouds& points) {
  placePoints(clusterer, param, points);
  clusterer.labelCount = points.len;
  labelPoints(clusterer, param, points.len);
  for (int label = 0; label < clusterer.clusterCount; ++label) {
    clusterer.clusters[label] = describe(clusterer, points, label);
  }
}

}  // namespace radar
