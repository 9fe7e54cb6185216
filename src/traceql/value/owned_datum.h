// OwnedDatum: a Datum with its own text, for answers that outlive the columns.
#pragma once

#include <string>

#include "traceql/value/datum.h"

namespace vivace::traceql {

class OwnedDatum {
 public:
  OwnedDatum() = default;
  explicit OwnedDatum(const Datum& datum) : datum_(datum), text_(datum.text) { datum_.text = {}; }

  // Its text lives as long as this.
  Datum View() const {
    Datum view = datum_;
    view.text = text_;
    return view;
  }
  friend bool operator==(const OwnedDatum& a, const OwnedDatum& b) { return a.View() == b.View(); }

 private:
  Datum datum_;
  std::string text_;
};

}  // namespace vivace::traceql
