#include "cfar_axis.h"

#include "threshold.h"

namespace radar {
namespace {

/** T-1 cells on each side of the middle; the last edge counts its guards in. Edge noise is halved, the factors make up for it. */
void fillCompatible(CfarCell* cells, const CfarAxis& axis, const CfarAxisConfig& config) {
  const int reach = config.training + config.guard;
  for (int j = 0; j < axis.length; ++j) {
    CfarCell& cell = cells[j];
    const bool isFirst = j < axis.firstMiddle;
    const bool isLast = !isFirst && j >= axis.firstLast;
    cell.leftFrom = isFirst ? 0 : j - reach;
    cell.leftCount = isFirst ? 0 : isLast ? reach : config.training - 1;
    cell.rightFrom = isLast ? 0 : j + config.guard + 1;
    cell.rightCount = isLast ? 0 : config.training - 1;
    cell.noiseScale = isFirst || isLast ? 0.5 : 1;
    cell.factor = isFirst ? 2 * config.pfa : isLast ? (config.isRange ? 4 : 2) * config.pfa : config.pfa;
  }
}

/** T cells beyond the guards, on both sides or on the one that fits. */
void fillPlain(CfarCell* cells, const CfarAxis& axis, const CfarAxisConfig& config) {
  for (int j = 0; j < axis.length; ++j) {
    CfarCell& cell = cells[j];
    const bool isFirst = j < axis.firstMiddle;
    const bool isLast = !isFirst && j >= axis.firstLast;
    cell.leftFrom = isFirst ? 0 : j - config.guard - config.training;
    cell.leftCount = isFirst ? 0 : config.training;
    cell.rightFrom = isLast ? 0 : j + config.guard + 1;
    cell.rightCount = isLast ? 0 : config.training;
    cell.noiseScale = 1;
    cell.factor = isFirst || isLast ? axis.edgeFactor : axis.middleFactor;
  }
}

double factorOf(const CfarAxisConfig& config, const Rules& rules, bool hasBothSides) {
  if (!rules.hasTrueProbabilities) return config.pfa;
  if (config.pfa >= 1) return 0;
  return thresholdFactor({config.kind, config.antennas, config.training, hasBothSides, config.pfa, config.window,
                          config.length});
}

}  // namespace

void planCfarAxis(CfarAxis& axis, const CfarAxisConfig& config, const Rules& rules, Arena& arena) {
  const int reach = config.training + config.guard;
  axis.kind = config.kind;
  axis.length = config.length;
  axis.firstMiddle = reach;
  axis.firstLast = config.length - reach;
  axis.passesAll = rules.hasTrueProbabilities && config.pfa >= 1;
  CfarCell* cells = arena.take<CfarCell>(config.length);
  axis.cells = cells;
  if (cells == nullptr) return;
  axis.middleFactor = factorOf(config, rules, true);
  axis.edgeFactor = factorOf(config, rules, false);
  if (rules.hasPlainCfarWindows) {
    fillPlain(cells, axis, config);
  } else {
    fillCompatible(cells, axis, config);
  }
}

}  // namespace radar
