// Function: the one of the metrics functions that a query calls, with what it has counted so far:
// rate, count_over_time and so on, each in the file of its name. compare() is none of them: it has
// a query of its own (compare.h).
//
// A function keeps numbers of all groups of a query and yields one series for each group or
// several. All have the same members, which IsFunction checks; a FunctionQuery, which owns the
// function, finds out once per view which one it is, and what it then does per span is inlined. A
// new function takes its file, a line in Function and one in MakeFunction, beside what the syntax
// needs (syntax/lexer.cc, syntax/grammar.yy, MetricsFunction in syntax/ast.h). One thread.
#pragma once

#include <concepts>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "columns/source_summary.h"
#include "traceql/metrics/avg_over_time.h"
#include "traceql/metrics/count_over_time.h"
#include "traceql/metrics/histogram_over_time.h"
#include "traceql/metrics/max_over_time.h"
#include "traceql/metrics/min_over_time.h"
#include "traceql/metrics/quantile_over_time.h"
#include "traceql/metrics/rate.h"
#include "traceql/metrics/sum_over_time.h"

namespace vivace::traceql {

// What all functions have in common.
template <typename F>
concept HasGroups = requires(F function, const F& made) {
  { F::kName } -> std::convertible_to<std::string_view>;  // as a query writes it
  { F::kHasNilLabel } -> std::convertible_to<bool>;       // SeriesGroups' nil_label
  { made.series_per_group() } -> std::same_as<size_t>;    // about so many
  function.AddGroup();                                    // groups are numbered from 0
  // Whether a group has anything within these intervals; adds that to a group of another's.
  { made.HasAny(uint32_t{}, StepOverlap{}) } -> std::same_as<bool>;
  function.MergeGroup(uint32_t{}, made, uint32_t{}, StepOverlap{});
};

// A function of spans alone, rate().
template <typename F>
concept CountsSpans = !F::kHasArgument && requires(F function, uint32_t group, size_t interval) {
  function.Add(group, interval);
};

// A function of an attribute's values, min_over_time(x). Spans whose value it does not accept are
// as if they were not there.
template <typename F>
concept MeasuresValues = F::kHasArgument &&
    requires(F function, const F& made, uint32_t group, size_t interval, const Datum& value) {
  { made.Accepts(value) } -> std::same_as<bool>;
  function.Add(group, interval, value);
};

// One series for each group: its samples by interval, NaN where there is none.
template <typename F>
concept YieldsSamples = requires(const F& made, uint32_t group) {
  { made.Samples(group) } -> std::same_as<std::vector<double>>;
};

// What can be had of spans that were counted by minute and duration, where its argument, if it has
// one, is the duration.
template <typename F>
concept TakesCounts = requires(F function, uint32_t group, size_t interval,
                               const SpanCounts::Cell& cell,
                               std::span<const SpanCounts::Bucket> buckets) {
  { F::AcceptsCounted(cell, buckets) } -> std::same_as<bool>;
  function.AddCounted(group, interval, cell, buckets);
};

// Several series for each group, which the function makes itself.
template <typename F>
concept YieldsSeries = requires(const F& made, uint32_t group, const SeriesLabels& labels,
                                std::span<const ChosenSpan> chosen, std::vector<Series>& series) {
  made.AppendSeries(group, labels, chosen, series);
};

template <typename F>
concept TakesSpans = CountsSpans<F> || MeasuresValues<F>;
template <typename F>
concept Yields = YieldsSamples<F> || YieldsSeries<F>;
template <typename F>
concept IsFunction = HasGroups<F> && TakesSpans<F> && Yields<F>;

template <IsFunction... Functions>
using OneOf = std::variant<Functions...>;

using Function = OneOf<Rate, CountOverTime, MinOverTime, MaxOverTime, SumOverTime, AvgOverTime,
                       QuantileOverTime, HistogramOverTime>;

// `stage` calls a function other than compare(). Nothing of it is referred to later.
Function MakeFunction(const MetricsStage& stage, const TimeSteps& steps);

bool HasArgument(const Function& function);
bool CanTakeCounts(const Function& function);
bool HasNilLabel(const Function& function);
size_t SeriesPerGroup(const Function& function);

}  // namespace vivace::traceql
