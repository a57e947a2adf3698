/**
 * libradar: from a radar cube to points, clusters and tracks.
 *
 * The library neither allocates nor frees memory and starts no thread. The caller gives one buffer, aligned to 64 bytes,
 * of the size that radarGetMemSize reports; the handle lives inside it until radarDestroyHandle. A handle serves one call
 * at a time; different handles are independent of each other. Call in this order: radarGetMemSize, radarInitHandle, then for
 * each frame radarDetection, radarClustering, radarTracking.
 *
 * Cell-averaging CFAR and Hann windows; docs/radar.md describes each step under "compatible". libradar_extra.h has what
 * this interface leaves out: other CFAR kinds and windows, the profile "correct", the map, and sentences about errors.
 */
#ifndef LIBRADAR_H
#define LIBRADAR_H

#define RADAR_API __attribute__((visibility("default")))

/* With a type of its own behind an enumeration, every number that a caller passes may at least be read. */
#ifdef __cplusplus
#define RADAR_INT : int
extern "C" {
#else
#define RADAR_INT
#endif

typedef enum RADAR_INT {
  R_SUCCESS = 0,
  /** A pointer that must be set is NULL. */
  R_NULLPTR = 1,
  /** The buffer is smaller than radarGetMemSize said, or an array has no room for what would be stored in it. */
  R_OVERFLOW = 2,
  /** A field of RadarParam is out of its range; radarxCheckParam names it. */
  R_BADPARAM = 3,
  /** The cube's dimensions differ from the configuration, or it holds a value that is not finite or too large. */
  R_BADCUBE = 4,
  /** The buffer is not aligned to 64 bytes. */
  R_MISALIGNED = 5,
  /** The handle was destroyed, or never initialised. */
  R_BADHANDLE = 6,
  /** Another call on this handle has not returned yet; nothing was done. */
  R_BUSY = 7,
  /** The points or clusters given hold a number that is not finite, or are more than configured. */
  R_BADINPUT = 8
} RadarErrorCode;

typedef enum RADAR_INT { FFT_DOA = 0, MUSIC_DOA = 1, DBF_DOA = 2, CAPON_DOA = 3, MAXLEN_DOA = 4 } RadarDoaType;

typedef struct {
  float real;
  float imag;
} cfloat;

/** Numbers and units are those of the configuration JSON. */
typedef struct {
  double startFreq;      /* GHz */
  double idle;           /* us */
  double adcStartTime;   /* us; read nowhere */
  double rampEndTime;    /* us */
  double freqSlopeConst; /* MHz/us */
  double adcSampleRate;  /* ksps */
  int rn;                /* receivers */
  int tn;                /* transmitters */
  int sn;                /* samples of a chirp */
  int cn;                /* chirps of one transmitter in a frame */
  float fps;             /* frames per second */
  float dFAR;            /* Doppler axis: factor on the linear noise estimate (profile "correct": a probability) */
  float rFAR;            /* range axis: likewise */
  int dGWL;              /* Doppler axis: guard cells on each side */
  int dTWL;              /* Doppler axis: training cells on each side */
  int rGWL;              /* range axis: guard cells on each side */
  int rTWL;              /* range axis: training cells on each side */
  RadarDoaType doaType;
  float eps;             /* m; neighbours of a cluster are nearer than this */
  float weight;          /* of squared speed differences */
  int mpc;               /* least number of points in a cluster */
  int mc;                /* most clusters of a frame */
  int mp;                /* most points of a frame */
  float tat;             /* m; tracker association threshold */
  float mnv;             /* m^2; measurement noise variance */
  float tpf;             /* despite its name, frames per second */
  float iff;             /* weight of the newest size, 0 to 1 */
  int at;                /* a tracker becomes active when its hits exceed this */
  int ft;                /* a tracker expires when its misses exceed this */
} RadarParam;

/** mat has rn*tn * cn * sn elements in the order [virtual antenna][chirp][sample]; antenna = transmitter * rn + receiver. */
typedef struct {
  int rn;
  int tn;
  int sn;
  int cn;
  cfloat* mat;
} RadarCube;

/** The arrays are set by radarDetection to memory of the handle, whatever they were, and live until its next call. */
typedef struct {
  int len;
  int maxLen;               /* RadarParam.mp */
  unsigned short* rangeIdx; /* range = rangeIdx * range step */
  unsigned short* speedIdx; /* Doppler bin; speed 0 is bin cn/2 */
  float* range;             /* m */
  float* speed;             /* m/s; positive comes closer */
  float* angle;             /* degrees */
  float* snr;               /* linear */
} RadarPointClouds;

typedef struct {
  int n;    /* points */
  float cx; /* m; centre, forward */
  float cy; /* m; centre, lateral */
  float rx; /* m; largest deviation along x */
  float ry; /* m; largest deviation along y */
  float av; /* m/s; mean speed */
  float vr; /* mean of range^2 * snr */
  float vv; /* (m/s)^2; variance of the speed */
  float va; /* rad^2; mean squared angle */
} ClusterDescription;

/** The arrays are set by radarClustering to memory of the handle. idx[i] = i. */
typedef struct {
  int n;
  int* idx;
  ClusterDescription* cd;
} ClusterResult;

/** The documentation's name for it. */
typedef ClusterResult ClusteringResult;

/** A slot of the list of trackers that is not active yet is all zeros. */
typedef struct {
  int tid;       /* 1, 2, ... */
  float sHat[4]; /* x, y in m; vx, vy in m/s */
  float rx;      /* m */
  float ry;      /* m */
} TrackingDescription;

/** td is the caller's array of maxLen entries; at most 64 are ever written. */
typedef struct {
  int len;
  int maxLen;
  TrackingDescription* td;
} TrackingResult;

typedef struct RadarHandle RadarHandle;

/** Sets *sz to the bytes that a handle of this configuration needs. R_NULLPTR, R_BADPARAM. */
RADAR_API RadarErrorCode radarGetMemSize(RadarParam* rp, unsigned long* sz);

/** Builds a handle in buf and sets *h to it. R_NULLPTR, R_BADPARAM, R_MISALIGNED, R_OVERFLOW. */
RADAR_API RadarErrorCode radarInitHandle(RadarHandle** h, RadarParam* rp, void* buf, unsigned long sz);

/** Finds the points of a frame. Points beyond mp are dropped. R_NULLPTR, R_BADHANDLE, R_BUSY, R_BADCUBE. */
RADAR_API RadarErrorCode radarDetection(RadarHandle* h, RadarCube* c, RadarPointClouds* r);

/** Groups points into clusters. R_NULLPTR, R_BADHANDLE, R_BUSY, R_BADINPUT. */
RADAR_API RadarErrorCode radarClustering(RadarHandle* h, RadarPointClouds* rr, ClusterResult* cc);

/**
 * Advances the trackers by one frame. Trackers beyond maxLen are not reported.
 * R_NULLPTR, R_BADHANDLE, R_BUSY, R_BADINPUT.
 */
RADAR_API RadarErrorCode radarTracking(RadarHandle* h, ClusterResult* cr, TrackingResult* tr);

/** Ends a handle; the buffer is the caller's again. R_NULLPTR, R_BADHANDLE, R_BUSY. */
RADAR_API RadarErrorCode radarDestroyHandle(RadarHandle* h);

#ifdef __cplusplus
}
#endif

#endif
