// Pruning steps: all that keeps Vivace from reading what cannot have the answer, in the order in
// which it is tried. Each step costs less than what it may save, and what a step leaves out
// certainly has no part in the answer.
//
//      what is left out     by                                       where
//   1  block                times and ids in meta.json               query/trace_finder.cc,
//                                                                     query/query_sources.cc
//   2  block                bloom filter of trace ids                BloomPruning
//   3  row group            trace ids in the footer, else the index  GroupsThatMayContain
//   4  row group            lists and filters of values in the      BlockIndex
//                           sidecar index                            (block/index/block_index.h)
//   5  row group            dictionaries: keys', then values'        ListsMayContainKey,
//                                                                     ColumnMayMatch
//   6  rows of a row group  page bounds in the column index          RowsThatMayMatch
//   7  pages of TraceID     the same                                 FindRow
//                                                                     (parquet/decode/row_reader.h)
//   8  leaf                 statistics of its chunk: no values, or   ColumnChunk::HasNothing
//                           only zeros                               (parquet/row_group.h)
//
// A trace lookup takes steps 1, 2, 3, 7 and 8; a query 1, 4, 5, 6 and 8, and 2 where a trace may
// have spans in other blocks too. Inside src/block only.
#pragma once

#include "block/prune/bloom_pruning.h"       // step 2
#include "block/prune/dictionary_pruning.h"  // step 5
#include "block/prune/page_pruning.h"        // step 6
#include "block/prune/trace_id_pruning.h"    // step 3
