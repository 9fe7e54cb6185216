#include "server/grpc/grpc_format.h"

#include <gtest/gtest.h>

namespace vivace {
namespace {

using namespace std::chrono_literals;

TEST(GrpcFormat, ParsesTimeouts) {
  EXPECT_EQ(ParseGrpcTimeout("1H"), 1h);
  EXPECT_EQ(ParseGrpcTimeout("2M"), 2min);
  EXPECT_EQ(ParseGrpcTimeout("3S"), 3s);
  EXPECT_EQ(ParseGrpcTimeout("100m"), 100ms);
  EXPECT_EQ(ParseGrpcTimeout("5u"), 5us);
  EXPECT_EQ(ParseGrpcTimeout("99999999n"), 99999999ns);
  EXPECT_EQ(ParseGrpcTimeout("99999999H"), std::chrono::nanoseconds::max());
  for (const char* bad : {"", "S", "1", "1s", "-1S", "123456789S", "1.5S"})
    EXPECT_EQ(ParseGrpcTimeout(bad), std::nullopt) << bad;
}

TEST(GrpcFormat, RecognizesContentTypes) {
  for (const char* type :
       {"application/grpc", "application/grpc+proto", "application/grpc; charset=utf-8"}) {
    EXPECT_TRUE(IsGrpcContentType(type)) << type;
  }
  for (const char* type : {"", "application/json", "application/grpc-web", "application/grpcx"})
    EXPECT_FALSE(IsGrpcContentType(type)) << type;
}

TEST(GrpcFormat, FramesMessages) {
  EXPECT_EQ(GrpcPrefix(false, 0x01020304), std::string("\0\1\2\3\4", 5));
  EXPECT_EQ(GrpcPrefix(true, 0), std::string("\1\0\0\0\0", 5));
}

TEST(GrpcFormat, EncodesErrors) {
  RpcResponse reply;
  EXPECT_EQ(GrpcTrailers(reply), (HttpHeaders{{"grpc-status", "0"}}));
  reply.error = Error{ErrorCode::kUnavailable, "50% \n\x7f"};
  reply.status_details = "a";
  EXPECT_EQ(GrpcTrailers(reply), (HttpHeaders{{"grpc-status", "14"},
                                              {"grpc-message", "50%25 %0A%7F"},
                                              {"grpc-status-details-bin", "YQ"}}));
}

TEST(GrpcFormat, DecodesBinaryMetadataAndDropsTheProtocolsOwn) {
  const HttpHeaders headers = {
      {"te", "trailers"}, {"grpc-timeout", "1S"}, {"a-bin", "AAE"}, {"b-bin", "!"}, {"c", "AAE"}};
  EXPECT_EQ(DecodeGrpcMetadata(headers),
            (HttpHeaders{{"a-bin", std::string("\0\1", 2)}, {"b-bin", "!"}, {"c", "AAE"}}));
}

}  // namespace
}  // namespace vivace
