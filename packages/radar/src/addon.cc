/**
 * The Node addon: one class, NativeRadar, which owns a handle and runs frames on libuv's thread pool. ts/native.ts types it.
 */
#include <napi.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "libradar_extra.h"

namespace {

constexpr int kMaxTracks = 64;
constexpr std::size_t kSentenceSize = 192;
constexpr std::size_t kAlignment = 64;

const char* codeName(RadarErrorCode code) {
  switch (code) {
    case R_SUCCESS: return "R_SUCCESS";
    case R_NULLPTR: return "R_NULLPTR";
    case R_OVERFLOW: return "R_OVERFLOW";
    case R_BADPARAM: return "R_BADPARAM";
    case R_BADCUBE: return "R_BADCUBE";
    case R_MISALIGNED: return "R_MISALIGNED";
    case R_BADHANDLE: return "R_BADHANDLE";
    case R_BUSY: return "R_BUSY";
    case R_BADINPUT: return "R_BADINPUT";
  }
  return "R_BADPARAM";
}

Napi::Error errorOf(Napi::Env env, RadarErrorCode code, const std::string& sentence) {
  Napi::Error error = Napi::Error::New(env, sentence);
  error.Set("code", Napi::String::New(env, codeName(code)));
  return error;
}

struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};

/** Aligned to a cache line; null when there is not enough. */
using Memory = std::unique_ptr<void, FreeMemory>;

Memory allocate(std::size_t size) {
  return Memory(std::aligned_alloc(kAlignment, (size + kAlignment - 1) / kAlignment * kAlignment));
}

/** Room for one cube. A JavaScript array may lie on it: whoever uses it last, array or frame, frees it. */
class Cube {
 public:
  explicit Cube(std::size_t size) : memory_(allocate(size)) {
    if (memory_) std::memset(memory_.get(), 0, size);
  }

  cfloat* samples() const { return static_cast<cfloat*>(memory_.get()); }

 private:
  Memory memory_;
};

/** A handle with the memory it lies in, and the cubes that were made for it. Whoever uses it last frees it. */
class Radar {
 public:
  Radar(const RadarParam& param, const RadarxOptions& options) : param_(param) {
    code_ = radarxGetMemSize(&param, &options, &size_);
    if (code_ != R_SUCCESS) return;
    buffer_ = allocate(size_);
    code_ = buffer_ ? radarxInitHandle(&handle_, &param, &options, buffer_.get(), size_) : R_OVERFLOW;
  }

  RadarErrorCode code() const { return code_; }
  const char* why() const { return radarxWhy(handle_, code_); }
  const RadarParam& param() const { return param_; }
  RadarHandle* handle() { return handle_; }
  std::size_t sizeBytes() const { return size_ + (copy_ ? cubeBytes() : 0); }
  std::size_t cubeBytes() const {
    return static_cast<std::size_t>(param_.rn) * param_.tn * param_.sn * param_.cn * sizeof(cfloat);
  }

  /** Null when there is not enough memory. */
  std::shared_ptr<Cube> createCube() {
    auto cube = std::make_shared<Cube>(cubeBytes());
    if (cube->samples() == nullptr) return nullptr;
    cubes_.erase(std::remove_if(cubes_.begin(), cubes_.end(), [](const auto& other) { return other.expired(); }),
                 cubes_.end());
    cubes_.push_back(cube);
    return cube;
  }

  /** The cube made for this radar that begins there; null when there is none. */
  std::shared_ptr<Cube> findCube(const void* samples) const {
    for (const auto& one : cubes_) {
      const std::shared_ptr<Cube> cube = one.lock();
      if (cube && cube->samples() == samples) return cube;
    }
    return nullptr;
  }

  /** A cube of the radar's own with these samples. Null when there is not enough memory. */
  std::shared_ptr<Cube> copyCube(const void* samples) {
    if (!copy_) copy_ = std::make_shared<Cube>(cubeBytes());
    if (copy_->samples() == nullptr) {
      copy_.reset();
    } else {
      std::memcpy(copy_->samples(), samples, cubeBytes());
    }
    return copy_;
  }

  /** All steps on the cube. The results stay in points, clusters and tracks until the next frame. */
  void processFrame(cfloat* samples) {
    RadarCube cube = {param_.rn, param_.tn, param_.sn, param_.cn, samples};
    tracks = {0, kMaxTracks, slots_};
    code_ = radarDetection(handle_, &cube, &points);
    if (code_ == R_SUCCESS) code_ = radarClustering(handle_, &points, &clusters);
    if (code_ == R_SUCCESS) code_ = radarTracking(handle_, &clusters, &tracks);
  }

  RadarPointClouds points = {};
  ClusterResult clusters = {};
  TrackingResult tracks = {};
  /** Read and written by the thread that owns the JavaScript object. */
  bool isBusy = false;

 private:
  RadarParam param_;
  RadarErrorCode code_ = R_SUCCESS;
  unsigned long size_ = 0;
  Memory buffer_;
  RadarHandle* handle_ = nullptr;
  std::vector<std::weak_ptr<Cube>> cubes_;
  std::shared_ptr<Cube> copy_;
  TrackingDescription slots_[kMaxTracks] = {};
};

Napi::Value pointsOf(Napi::Env env, const RadarPointClouds& points) {
  Napi::Float32Array values = Napi::Float32Array::New(env, 6 * static_cast<std::size_t>(points.len));
  float* to = values.Data();
  for (int i = 0; i < points.len; ++i) {
    *to++ = points.rangeIdx[i];
    *to++ = points.speedIdx[i];
    *to++ = points.range[i];
    *to++ = points.speed[i];
    *to++ = points.angle[i];
    *to++ = points.snr[i];
  }
  return values;
}

Napi::Value labelsOf(Napi::Env env, const RadarHandle* handle) {
  const int* labels = nullptr;
  int count = 0;
  radarxLabels(handle, &labels, &count);
  Napi::Int32Array values = Napi::Int32Array::New(env, static_cast<std::size_t>(count));
  if (count > 0) std::memcpy(values.Data(), labels, count * sizeof(int));
  return values;
}

Napi::Value clustersOf(Napi::Env env, const ClusterResult& clusters) {
  Napi::Float32Array values = Napi::Float32Array::New(env, 9 * static_cast<std::size_t>(clusters.n));
  float* to = values.Data();
  for (int i = 0; i < clusters.n; ++i) {
    const ClusterDescription& c = clusters.cd[i];
    for (const float value : {static_cast<float>(c.n), c.cx, c.cy, c.rx, c.ry, c.av, c.vr, c.va, c.vv}) *to++ = value;
  }
  return values;
}

Napi::Value tracksOf(Napi::Env env, const TrackingResult& tracks) {
  Napi::Float64Array values = Napi::Float64Array::New(env, 7 * static_cast<std::size_t>(tracks.len));
  double* to = values.Data();
  for (int i = 0; i < tracks.len; ++i) {
    const TrackingDescription& t = tracks.td[i];
    *to++ = t.tid;
    for (const float value : {t.sHat[0], t.sHat[1], t.sHat[2], t.sHat[3], t.rx, t.ry}) *to++ = value;
  }
  return values;
}

Napi::Value hitsOf(Napi::Env env, const RadarHandle* handle) {
  const RadarxHit* hits = nullptr;
  int count = 0;
  radarxHits(handle, &hits, &count);
  Napi::Float64Array values = Napi::Float64Array::New(env, 3 * static_cast<std::size_t>(count));
  double* to = values.Data();
  for (int i = 0; i < count; ++i) {
    *to++ = hits[i].rangeBin;
    *to++ = hits[i].dopplerBin;
    *to++ = hits[i].snr;
  }
  return values;
}

/** Runs one frame on the thread pool and settles a promise. */
class FrameWork : public Napi::AsyncWorker {
 public:
  FrameWork(Napi::Env env, std::shared_ptr<Radar> radar, std::shared_ptr<Cube> cube, bool wantsMap)
      : AsyncWorker(env, "RadarFrame"),
        radar_(std::move(radar)),
        cube_(std::move(cube)),
        wantsMap_(wantsMap),
        deferred_(env) {
    radar_->isBusy = true;
  }

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    radar_->processFrame(cube_->samples());
    if (radar_->code() != R_SUCCESS) return SetError(radar_->why());
    if (!wantsMap_) return;
    map_.resize(static_cast<std::size_t>(radar_->param().sn) * radar_->param().cn);
    radarxCopyMap(radar_->handle(), map_.data(), map_.size());
  }

  void OnOK() override {
    const Napi::Env env = Env();
    Napi::Object result = Napi::Object::New(env);
    result.Set("points", pointsOf(env, radar_->points));
    result.Set("labels", labelsOf(env, radar_->handle()));
    result.Set("clusters", clustersOf(env, radar_->clusters));
    result.Set("tracks", tracksOf(env, radar_->tracks));
    int dropped = 0;
    radarxDroppedPoints(radar_->handle(), &dropped);
    result.Set("droppedPoints", Napi::Number::New(env, dropped));
    result.Set("map", wantsMap_ ? mapOf(env) : env.Null());
    result.Set("hits", wantsMap_ ? hitsOf(env, radar_->handle()) : env.Null());
    radar_->isBusy = false;
    deferred_.Resolve(result);
  }

  void OnError(const Napi::Error& error) override {
    radar_->isBusy = false;
    deferred_.Reject(errorOf(Env(), radar_->code(), error.Message()).Value());
  }

 private:
  Napi::Value mapOf(Napi::Env env) const {
    Napi::Float32Array values = Napi::Float32Array::New(env, map_.size());
    std::memcpy(values.Data(), map_.data(), map_.size() * sizeof(float));
    return values;
  }

  std::shared_ptr<Radar> radar_;
  std::shared_ptr<Cube> cube_;
  bool wantsMap_;
  std::vector<float> map_;
  Napi::Promise::Deferred deferred_;
};

double numberAt(const Napi::Object& object, const char* name) { return object.Get(name).ToNumber().DoubleValue(); }
int wholeAt(const Napi::Object& object, const char* name) { return object.Get(name).ToNumber().Int32Value(); }
float floatAt(const Napi::Object& object, const char* name) { return static_cast<float>(numberAt(object, name)); }

RadarParam paramOf(const Napi::Object& o) {
  RadarParam p = {};
  p.startFreq = numberAt(o, "startFreq");
  p.idle = numberAt(o, "idle");
  p.adcStartTime = numberAt(o, "adcStartTime");
  p.rampEndTime = numberAt(o, "rampEndTime");
  p.freqSlopeConst = numberAt(o, "freqSlopeConst");
  p.adcSampleRate = numberAt(o, "adcSampleRate");
  p.rn = wholeAt(o, "rn");
  p.tn = wholeAt(o, "tn");
  p.sn = wholeAt(o, "sn");
  p.cn = wholeAt(o, "cn");
  p.fps = floatAt(o, "fps");
  p.dFAR = floatAt(o, "dFAR");
  p.rFAR = floatAt(o, "rFAR");
  p.dGWL = wholeAt(o, "dGWL");
  p.dTWL = wholeAt(o, "dTWL");
  p.rGWL = wholeAt(o, "rGWL");
  p.rTWL = wholeAt(o, "rTWL");
  p.doaType = static_cast<RadarDoaType>(wholeAt(o, "doaType"));
  p.eps = floatAt(o, "eps");
  p.weight = floatAt(o, "weight");
  p.mpc = wholeAt(o, "mpc");
  p.mc = wholeAt(o, "mc");
  p.mp = wholeAt(o, "mp");
  p.tat = floatAt(o, "tat");
  p.mnv = floatAt(o, "mnv");
  p.tpf = floatAt(o, "tpf");
  p.iff = floatAt(o, "iff");
  p.at = wholeAt(o, "at");
  p.ft = wholeAt(o, "ft");
  return p;
}

RadarxOptions optionsOf(const Napi::Object& o) {
  return {static_cast<RadarxProfile>(wholeAt(o, "profile")),    static_cast<RadarxWindow>(wholeAt(o, "rangeWindow")),
          static_cast<RadarxWindow>(wholeAt(o, "dopplerWindow")), static_cast<RadarxCfar>(wholeAt(o, "rangeCfar")),
          static_cast<RadarxCfar>(wholeAt(o, "dopplerCfar")),   static_cast<RadarxLayout>(wholeAt(o, "layout"))};
}

class NativeRadar : public Napi::ObjectWrap<NativeRadar> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "NativeRadar",
                       {InstanceMethod<&NativeRadar::createCube>("createCube"),
                        InstanceMethod<&NativeRadar::process>("process"),
                        InstanceMethod<&NativeRadar::describe>("describe"),
                        InstanceMethod<&NativeRadar::resetTracking>("resetTracking"),
                        InstanceMethod<&NativeRadar::destroy>("destroy")});
  }

  /** new NativeRadar(param, options) */
  explicit NativeRadar(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    const RadarParam param = paramOf(info[0].As<Napi::Object>());
    const RadarxOptions options = optionsOf(info[1].As<Napi::Object>());
    char sentence[kSentenceSize];
    const RadarErrorCode code = radarxCheckParam(&param, &options, sentence, sizeof sentence);
    if (code != R_SUCCESS) throw errorOf(info.Env(), code, sentence);
    radar_ = std::make_shared<Radar>(param, options);
    if (radar_->code() != R_SUCCESS) throw errorOf(info.Env(), radar_->code(), radar_->why());
    accountMemory(info.Env());
  }

  void Finalize(Napi::BasicEnv env) override {
    if (accounted_ != 0) Napi::MemoryManagement::AdjustExternalMemory(env, -accounted_);
  }

 private:
  Radar& idleRadar(Napi::Env env) const {
    if (!radar_) throw errorOf(env, R_BADHANDLE, radarxWhy(nullptr, R_BADHANDLE));
    if (radar_->isBusy) throw errorOf(env, R_BUSY, radarxWhy(nullptr, R_BUSY));
    return *radar_;
  }

  /** What the radar holds beside the cubes that lie under arrays, which the engine counts itself. */
  void accountMemory(Napi::Env env) {
    const auto bytes = static_cast<int64_t>(radar_->sizeBytes());
    if (bytes != accounted_) Napi::MemoryManagement::AdjustExternalMemory(env, bytes - accounted_);
    accounted_ = bytes;
  }

  static std::shared_ptr<Cube> orOverflow(Napi::Env env, std::shared_ptr<Cube> cube) {
    if (!cube) throw errorOf(env, R_OVERFLOW, "there is not enough memory for a cube");
    return cube;
  }

  /** An ArrayBuffer; process works on it in place. */
  Napi::Value createCube(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (!radar_) throw errorOf(env, R_BADHANDLE, radarxWhy(nullptr, R_BADHANDLE));
    auto* shared = new std::shared_ptr<Cube>(orOverflow(env, radar_->createCube()));
    const auto free = [](Napi::BasicEnv, void*, std::shared_ptr<Cube>* cube) { delete cube; };
    return Napi::ArrayBuffer::New(env, (*shared)->samples(), radar_->cubeBytes(), free, shared);
  }

  /** process(cube, wantsMap): a cube that createCube did not make is copied before this returns. */
  Napi::Value process(const Napi::CallbackInfo& info) {
    Radar& radar = idleRadar(info.Env());
    std::shared_ptr<Cube> cube = readCube(info[0], radar);
    accountMemory(info.Env());
    auto* work = new FrameWork(info.Env(), radar_, std::move(cube), info[1].ToBoolean());
    const Napi::Promise promise = work->promise();
    work->Queue();
    return promise;
  }

  static std::shared_ptr<Cube> readCube(const Napi::Value& value, Radar& radar) {
    if (!value.IsTypedArray()) throw errorOf(value.Env(), R_BADCUBE, "cube: it must be a typed array of the samples");
    const Napi::TypedArray array = value.As<Napi::TypedArray>();
    if (!array.Get("buffer").IsArrayBuffer()) {
      throw errorOf(value.Env(), R_BADCUBE, "cube: its memory must not be shared with other threads");
    }
    const std::size_t expected = radar.cubeBytes();
    if (array.ByteLength() != expected) {
      throw errorOf(value.Env(), R_BADCUBE,
                    "cube: it has " + std::to_string(array.ByteLength()) + " bytes, and the configuration says " +
                        std::to_string(expected));
    }
    const auto* bytes = static_cast<const unsigned char*>(array.ArrayBuffer().Data()) + array.ByteOffset();
    std::shared_ptr<Cube> cube = radar.findCube(bytes);
    return cube ? cube : orOverflow(value.Env(), radar.copyCube(bytes));
  }

  Napi::Value describe(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    Radar& radar = idleRadar(env);
    double rangeStepM = 0, speedStepMps = 0;
    RadarxFactors factors = {};
    radarxSteps(radar.handle(), &rangeStepM, &speedStepMps);
    radarxFactors(radar.handle(), &factors);
    Napi::Object result = Napi::Object::New(env);
    result.Set("memoryBytes", Napi::Number::New(env, static_cast<double>(radar.sizeBytes())));
    result.Set("instructionSet", Napi::String::New(env, radarxInstructionSet()));
    result.Set("rangeStepM", Napi::Number::New(env, rangeStepM));
    result.Set("speedStepMps", Napi::Number::New(env, speedStepMps));
    result.Set("dopplerMiddleFactor", Napi::Number::New(env, factors.dopplerMiddle));
    result.Set("dopplerEdgeFactor", Napi::Number::New(env, factors.dopplerEdge));
    result.Set("rangeMiddleFactor", Napi::Number::New(env, factors.rangeMiddle));
    result.Set("rangeEdgeFactor", Napi::Number::New(env, factors.rangeEdge));
    return result;
  }

  void resetTracking(const Napi::CallbackInfo& info) { radarxResetTracking(idleRadar(info.Env()).handle()); }

  void destroy(const Napi::CallbackInfo& info) {
    radarDestroyHandle(idleRadar(info.Env()).handle());
    radar_.reset();
    Napi::MemoryManagement::AdjustExternalMemory(info.Env(), -accounted_);
    accounted_ = 0;
  }

  std::shared_ptr<Radar> radar_;
  int64_t accounted_ = 0;
};

Napi::Object initAddon(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeRadar", NativeRadar::define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(radar, initAddon)
