/** What libradar offers beyond the six functions of libradar.h. */
#ifndef LIBRADAR_EXTRA_H
#define LIBRADAR_EXTRA_H

#include "libradar.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum RADAR_INT { RADARX_COMPATIBLE = 0, RADARX_CORRECT = 1 } RadarxProfile;
typedef enum RADAR_INT { RADARX_HANN = 1, RADARX_HAMMING = 2, RADARX_CHEBYSHEV = 3 } RadarxWindow;
typedef enum RADAR_INT { RADARX_CA = 1, RADARX_SO = 2, RADARX_GO = 3, RADARX_OS = 4 } RadarxCfar;
typedef enum RADAR_INT { RADARX_ANTENNA_CHIRP_SAMPLE = 0, RADARX_CHIRP_ANTENNA_SAMPLE = 1 } RadarxLayout;

/** What RadarParam cannot say. The six functions take compatible, Hann, CA and [antenna][chirp][sample]. */
typedef struct {
  RadarxProfile profile;
  RadarxWindow rangeWindow;
  RadarxWindow dopplerWindow;
  RadarxCfar rangeCfar;
  RadarxCfar dopplerCfar;
  RadarxLayout layout;
} RadarxOptions;

/** A cell that CFAR let through, before peak grouping. */
typedef struct {
  int rangeBin;
  int dopplerBin;
  double snr;
} RadarxHit;

/** The factors on the noise estimate; edge cells have a window on one side only. */
typedef struct {
  double dopplerMiddle;
  double dopplerEdge;
  double rangeMiddle;
  double rangeEdge;
} RadarxFactors;

RADAR_API RadarxOptions radarxDefaultOptions(void);

/**
 * Checks a configuration and, when it is refused, writes a sentence that names the field into why (at most whySize bytes,
 * terminated). options may be NULL for the default ones, here and below.
 */
RADAR_API RadarErrorCode radarxCheckParam(const RadarParam* rp, const RadarxOptions* options, char* why,
                                          unsigned long whySize);
RADAR_API RadarErrorCode radarxGetMemSize(const RadarParam* rp, const RadarxOptions* options, unsigned long* sz);
RADAR_API RadarErrorCode radarxInitHandle(RadarHandle** h, const RadarParam* rp, const RadarxOptions* options, void* buf,
                                          unsigned long sz);

/** A sentence about the code that the handle's last call returned. h may be NULL. Lives until the handle's next call. */
RADAR_API const char* radarxWhy(const RadarHandle* h, RadarErrorCode code);

/** Copies the last range-Doppler map as [range][doppler]; count must be sn * cn. */
RADAR_API RadarErrorCode radarxCopyMap(const RadarHandle* h, float* map, unsigned long count);

/** The last frame's CFAR hits, in memory of the handle. */
RADAR_API RadarErrorCode radarxHits(const RadarHandle* h, const RadarxHit** hits, int* count);

/** The cluster of each point of the last radarClustering, -1 for none, in memory of the handle. */
RADAR_API RadarErrorCode radarxLabels(const RadarHandle* h, const int** labels, int* count);

/** How many points of the last frame were beyond mp. */
RADAR_API RadarErrorCode radarxDroppedPoints(const RadarHandle* h, int* count);

RADAR_API RadarErrorCode radarxFactors(const RadarHandle* h, RadarxFactors* factors);

/** The metres of one range index and the metres per second of one Doppler bin. */
RADAR_API RadarErrorCode radarxSteps(const RadarHandle* h, double* rangeStepM, double* speedStepMps);

/** Forgets all trackers, and begins with id 1 again. */
RADAR_API RadarErrorCode radarxResetTracking(RadarHandle* h);

/** The instruction set chosen at run time: "avx512", "avx2" or "baseline". */
RADAR_API const char* radarxInstructionSet(void);

/** Limits the choice to at most this set (for tests and measurements); an unknown name or NULL lifts the limit. */
RADAR_API void radarxLimitInstructionSet(const char* name);

#ifdef __cplusplus
}
#endif

#endif
