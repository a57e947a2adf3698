/** A test program: cases that register themselves, expectations that count, and a main function. */
#ifndef RADAR_CHECK_H
#define RADAR_CHECK_H

#include <cmath>
#include <cstdio>
#include <vector>

namespace check {

struct Case {
  const char* name;
  void (*run)();
};

inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

inline int& failures() {
  static int count = 0;
  return count;
}

struct Registration {
  Registration(const char* name, void (*run)()) { cases().push_back({name, run}); }
};

inline void fail(const char* file, int line, const char* what) {
  std::printf("%s:%d: %s\n", file, line, what);
  ++failures();
}

inline void expectNear(const char* file, int line, const char* what, double is, double wanted, double tolerance) {
  if (std::fabs(is - wanted) <= tolerance) return;
  std::printf("%s:%d: %s is %.9g, wanted %.9g +- %g\n", file, line, what, is, wanted, tolerance);
  ++failures();
}

inline int runAll() {
  for (const Case& one : cases()) {
    const int before = failures();
    one.run();
    std::printf("%s %s\n", failures() == before ? "ok  " : "FAIL", one.name);
  }
  return failures() == 0 && !cases().empty() ? 0 : 1;
}

}  // namespace check

#define CASE(name)                                                   \
  static void name();                                                \
  static const check::Registration register_##name(#name, name);     \
  static void name()

#define EXPECT(condition) \
  if (!(condition)) check::fail(__FILE__, __LINE__, #condition)

#define EXPECT_NEAR(is, wanted, tolerance) check::expectNear(__FILE__, __LINE__, #is, is, wanted, tolerance)

#endif
