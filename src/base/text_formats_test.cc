#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "base/base64.h"
#include "base/json_writer.h"
#include "base/quoted.h"
#include "base/tenant.h"

namespace vivace {
namespace {

std::string Base64Of(std::string_view raw) {
  std::string text;
  AppendBase64(raw, text);
  return text;
}

std::string JsonOf(std::string_view text) {
  std::string out;
  AppendJsonString(text, out);
  return out;
}

std::string GoOf(double value) {
  std::string out;
  JsonWriter(out).Double(value);
  return out;
}

TEST(Quoted, EscapesWhatEndsTheTextOrTheLine) {
  EXPECT_EQ(Quoted(""), "\"\"");
  EXPECT_EQ(Quoted("a \"b\" \\ <c>\n\x01\t\xc3\xa4"),
            "\"a \\\"b\\\" \\\\ <c>\\n\\u0001\\u0009\xc3\xa4\"");
}

TEST(Base64, KnownTexts) {
  EXPECT_EQ(Base64Of(""), "");
  EXPECT_EQ(Base64Of("f"), "Zg==");
  EXPECT_EQ(Base64Of("fo"), "Zm8=");
  EXPECT_EQ(Base64Of("foo"), "Zm9v");
  EXPECT_EQ(FromBase64("Zm8").value(), "fo");
  EXPECT_EQ(FromBase64("-_8=").value(), FromBase64("+/8=").value());
  EXPECT_EQ(FromBase64("Zm!v").error().message, "illegal base64 data at input byte 2");
  EXPECT_FALSE(FromBase64("Z"));
}

TEST(Base64, RoundTrips) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 200; ++size) {
    std::string raw(size, '\0');
    for (char& c : raw) c = static_cast<char>(random());
    EXPECT_EQ(FromBase64(Base64Of(raw)).value(), raw);
  }
}

TEST(JsonWriter, EscapesAsGo) {
  EXPECT_EQ(JsonOf("<root span not yet received>"), R"("\u003croot span not yet received\u003e")");
  EXPECT_EQ(JsonOf("a&b\"\\\n\t\x01\x7f"), "\"a\\u0026b\\\"\\\\\\n\\t\\u0001\x7f\"");
  EXPECT_EQ(JsonOf("\b\f\r\v"), R"("\b\f\r\u000b")");
  EXPECT_EQ(JsonOf("grüße 🌍\u2028\u2029"), R"("grüße 🌍\u2028\u2029")");
  EXPECT_EQ(JsonOf("a\xff\xc3(\xed\xa0\x80\xf0\x9f"),
            R"("a\ufffd\ufffd(\ufffd\ufffd\ufffd\ufffd\ufffd")");
  EXPECT_EQ(JsonOf(std::string_view("\xc0\x80", 2)), R"("\ufffd\ufffd")");
}

TEST(JsonWriter, DoublesAsGo) {
  EXPECT_EQ(GoOf(0), "0");
  EXPECT_EQ(GoOf(-0.0), "-0");
  EXPECT_EQ(GoOf(3.25), "3.25");
  EXPECT_EQ(GoOf(4), "4");
  EXPECT_EQ(GoOf(1e-9), "1e-9");
  EXPECT_EQ(GoOf(1.5e-7), "1.5e-7");
  EXPECT_EQ(GoOf(1e-6), "0.000001");
  EXPECT_EQ(GoOf(1e-10), "1e-10");
  EXPECT_EQ(GoOf(1e20), "100000000000000000000");
  EXPECT_EQ(GoOf(1e21), "1e+21");
  EXPECT_EQ(GoOf(1e300), "1e+300");
  EXPECT_EQ(GoOf(-std::numeric_limits<double>::infinity()), "\"-Infinity\"");
  EXPECT_EQ(GoOf(std::numeric_limits<double>::quiet_NaN()), "\"NaN\"");
}

TEST(JsonWriter, PutsCommas) {
  std::string out = "kept:";
  JsonWriter json(out);
  json.BeginArray();
  json.Int(-1);
  json.BeginObject();
  json.Key("a"), json.QuotedUint(2);
  json.EscapedKey("<"), json.Null();
  json.EndObject();
  json.BeginArray();
  json.EndArray();
  json.Bool(true);
  json.EndArray();
  EXPECT_EQ(out, R"(kept:[-1,{"a":"2","\u003c":null},[],true])");
}

std::string TenantOf(std::string_view header) {
  const Result<std::string> tenant = ResolveTenant(true, header);
  return tenant ? *tenant : "error: " + tenant.error().message;
}

TEST(Tenant, One) {
  EXPECT_EQ(ResolveTenant(false, "anything at all").value(), "single-tenant");
  EXPECT_EQ(ResolveTenant(true, "").error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(TenantOf(""), "error: no org id");
  EXPECT_EQ(TenantOf("team-1.(x)'!*_"), "team-1.(x)'!*_");
  EXPECT_EQ(TenantOf("a:x=1"), "a");
  EXPECT_EQ(TenantOf("a|a:meta=1"), "a");
  EXPECT_EQ(TenantOf("a|b"), "error: multiple org IDs present");
  EXPECT_EQ(TenantOf("a b"), "error: tenant ID 'a b' contains unsupported character ' '");
  EXPECT_EQ(TenantOf(".."), "error: tenant ID is '.' or '..'");
  EXPECT_EQ(TenantOf(std::string(150, 'a')), std::string(150, 'a'));
  EXPECT_EQ(TenantOf(std::string(151, 'a')), "error: tenant ID is too long: max 150 characters");
  EXPECT_EQ(ResolveTenant(true, "a|").error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(ResolveTenant(true, "a|b").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(TenantOf("|"), "error: no org id");
}

TEST(Tenant, Many) {
  EXPECT_EQ(ResolveTenants(true, true, "b|a:m|b").value(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(ResolveTenants(true, false, "b|a").error().message, "multiple org IDs present");
  EXPECT_EQ(ResolveTenants(false, true, "b|a").value(),
            (std::vector<std::string>{"single-tenant"}));
}

}  // namespace
}  // namespace vivace
