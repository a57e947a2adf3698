#ifndef RADAR_CLUSTERER_H
#define RADAR_CLUSTERER_H

#include "arena.h"
#include "libradar.h"

namespace radar {

/** DBSCAN over position and speed. */
struct Clusterer {
  /** x, y in metres and the scaled speed of each point */
  double* x;
  double* y;
  double* v;
  /** cluster of each point, -1 for none */
  int* labels;
  int labelCount;
  int* queue;
  int* neighbours;
  double* distances;
  int* indices;
  ClusterDescription* clusters;
  int clusterCount;
};

void planClusterer(Clusterer& clusterer, const RadarParam& param, Arena& arena);

/** The points must be finite, at most param.mp. */
void findClusters(Clusterer& clusterer, const RadarParam& param, const RadarPointClouds& points);

}  // namespace radar

#endif
