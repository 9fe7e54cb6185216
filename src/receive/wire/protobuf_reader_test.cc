#include "receive/wire/protobuf_reader.h"

#include <gtest/gtest.h>

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <random>
#include <string>
#include <vector>

namespace vivace {
namespace {

using protozero::pbf_wire_type;
using Random = std::mt19937_64;

// What a message holds, as text; "malformed" behind what came before the fault.
std::string ByCursor(std::string_view message) {
  std::string seen;
  try {
    ProtobufReader reader(message);
    for (uint32_t tag = 0; reader.Next(tag);) {
      seen += std::to_string(tag >> 3) + ":";
      switch (tag) {
        case WireTag(1, pbf_wire_type::varint):
        case WireTag(2000, pbf_wire_type::varint):
          seen += std::to_string(reader.Varint());
          break;
        case WireTag(2, pbf_wire_type::length_delimited):
          seen += reader.Bytes();
          break;
        case WireTag(3, pbf_wire_type::fixed64):
          seen += std::to_string(reader.Fixed64());
          break;
        case WireTag(4, pbf_wire_type::fixed32):
          seen += std::to_string(reader.Fixed32());
          break;
        default:
          reader.Skip(tag);
      }
      seen += ' ';
    }
  } catch (const protozero::exception&) {
    return "malformed";
  }
  return seen;
}

std::string ByProtozero(std::string_view message) {
  std::string seen;
  try {
    protozero::pbf_reader reader(message.data(), message.size());
    while (reader.next()) {
      seen += std::to_string(reader.tag()) + ":";
      switch (reader.tag_and_type()) {
        case protozero::tag_and_type(1, pbf_wire_type::varint):
        case protozero::tag_and_type(2000, pbf_wire_type::varint):
          seen += std::to_string(reader.get_uint64());
          break;
        case protozero::tag_and_type(2, pbf_wire_type::length_delimited):
          seen += reader.get_string();
          break;
        case protozero::tag_and_type(3, pbf_wire_type::fixed64):
          seen += std::to_string(reader.get_fixed64());
          break;
        case protozero::tag_and_type(4, pbf_wire_type::fixed32):
          seen += std::to_string(reader.get_fixed32());
          break;
        default:
          reader.skip();
      }
      seen += ' ';
    }
  } catch (const protozero::exception&) {
    return "malformed";
  }
  return seen;
}

std::string RandomMessage(Random& random) {
  std::string message;
  protozero::pbf_writer writer(message);
  for (uint64_t fields = random() % 6; fields > 0; --fields) {
    switch (random() % 6) {
      case 0:
        writer.add_uint64(1, random() >> random() % 64);
        break;
      case 1:
        writer.add_string(2, std::string(random() % 300, 'x'));
        break;
      case 2:
        writer.add_fixed64(3, random());
        break;
      case 3:
        writer.add_fixed32(4, static_cast<uint32_t>(random()));
        break;
      case 4:
        writer.add_uint64(2000, random());
        break;
      default:
        writer.add_string(static_cast<uint32_t>(random() % 100 + 5), "unknown");
    }
  }
  return message;
}

TEST(ProtobufReader, ReadsWhatProtozeroReads) {
  Random random(1);
  for (int round = 0; round < 20'000; ++round) {
    const std::string message = RandomMessage(random);
    ASSERT_EQ(ByCursor(message), ByProtozero(message));
  }
}

// Cut and overwritten messages: the same answer, or malformed for both.
TEST(ProtobufReader, RefusesWhatProtozeroRefuses) {
  Random random(2);
  size_t malformed = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string message = RandomMessage(random);
    if (message.empty()) continue;
    message.resize(random() % message.size() + 1);
    for (uint64_t flips = random() % 3; flips > 0; --flips)
      message[random() % message.size()] = static_cast<char>(random());
    ASSERT_EQ(ByCursor(message), ByProtozero(message));
    malformed += ByCursor(message) == "malformed" ? 1 : 0;
  }
  EXPECT_GT(malformed, 1000u);
}

}  // namespace
}  // namespace vivace
