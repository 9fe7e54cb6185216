// TLS on a port: protocols by ALPN, client certificates, versions, files that cannot be used.
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "server/server.h"
#include "server/socket_for_test.h"

namespace vivace {
namespace {

// A self-signed certificate and its key as PEM files.
class Certificate {
 public:
  explicit Certificate(const std::filesystem::path& stem)
      : cert_file_(stem.string() + ".crt"), key_file_(stem.string() + ".key") {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_sign(certificate, key, EVP_sha256());
    FILE* cert_out = std::fopen(cert_file_.c_str(), "w");
    PEM_write_X509(cert_out, certificate);
    std::fclose(cert_out);
    FILE* key_out = std::fopen(key_file_.c_str(), "w");
    PEM_write_PrivateKey(key_out, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(key_out);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  // Its key once more, encrypted.
  std::string EncryptedKeyFile() const {
    FILE* in = std::fopen(key_file_.c_str(), "r");
    EVP_PKEY* key = PEM_read_PrivateKey(in, nullptr, nullptr, nullptr);
    std::fclose(in);
    const std::string path = key_file_ + ".encrypted";
    FILE* out = std::fopen(path.c_str(), "w");
    unsigned char passphrase[] = "secret";
    PEM_write_PrivateKey(out, key, EVP_aes_128_cbc(), passphrase, 6, nullptr, nullptr);
    std::fclose(out);
    EVP_PKEY_free(key);
    return path;
  }
  const std::string& cert_file() const { return cert_file_; }
  const std::string& key_file() const { return key_file_; }

 private:
  std::string cert_file_;
  std::string key_file_;
};

struct ClientOptions {
  std::string alpn;
  const Certificate* certificate = nullptr;
  int version_max = TLS1_3_VERSION;
  std::string ciphers;  // of TLS 1.2, by OpenSSL's names
};

class TlsClient {
 public:
  TlsClient(uint16_t port, const ClientOptions& options)
      : socket_(port), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_max_proto_version(context_.get(), options.version_max);
    if (!options.ciphers.empty()) SSL_CTX_set_cipher_list(context_.get(), options.ciphers.c_str());
    if (options.certificate != nullptr) {
      SSL_CTX_use_certificate_file(context_.get(), options.certificate->cert_file().c_str(),
                                   SSL_FILETYPE_PEM);
      SSL_CTX_use_PrivateKey_file(context_.get(), options.certificate->key_file().c_str(),
                                  SSL_FILETYPE_PEM);
    }
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_.descriptor());
    const std::string list = std::string(1, static_cast<char>(options.alpn.size())) + options.alpn;
    if (!options.alpn.empty())
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                          list.size());
    connected_ = SSL_connect(ssl_.get()) == 1;
  }
  bool connected() const { return connected_; }

  std::string Cipher() const { return SSL_get_cipher_name(ssl_.get()); }
  // The server's, encoded.
  std::string Certificate() const {
    X509* certificate = SSL_get1_peer_certificate(ssl_.get());
    unsigned char* der = nullptr;
    const int size = certificate == nullptr ? 0 : i2d_X509(certificate, &der);
    std::string encoded(reinterpret_cast<const char*>(der), static_cast<size_t>(std::max(size, 0)));
    OPENSSL_free(der);
    X509_free(certificate);
    return encoded;
  }

  std::string Alpn() const {
    const unsigned char* data = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &data, &size);
    return {reinterpret_cast<const char*>(data), size};
  }
  // What comes back until `end` is in it or the connection ends.
  std::string Exchange(const std::string& bytes, const std::string& end) {
    if (SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0) return "";
    std::string received;
    char buffer[16384];
    while (!received.contains(end)) {
      const int count = SSL_read(ssl_.get(), buffer, sizeof(buffer));
      if (count <= 0) break;
      received.append(buffer, static_cast<size_t>(count));
    }
    return received;
  }

 private:
  TestSocket socket_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  bool connected_ = false;
};

constexpr const char* kGet = "GET /large HTTP/1.1\r\nHost: t\r\n\r\n";

class TlsTest : public testing::Test {
 protected:
  ~TlsTest() override { std::filesystem::remove_all(directory_); }

  Result<uint16_t> Listen(TlsOptions tls) {
    ListenOptions options;
    options.address = "127.0.0.1";
    options.tls = std::move(tls);
    return server_.Listen(options, [](HttpRequest request, HttpResponder respond) {
      respond(
          {200,
           {},
           request.path == "/large" ? std::string(2 << 20, 'x') + "end" : request.body + "end"});
    });
  }
  TlsOptions Plain() const {
    return {.cert_file = certificate_.cert_file(), .key_file = certificate_.key_file()};
  }

  static std::filesystem::path NewDirectory() {
    auto path =
        std::filesystem::temp_directory_path() / ("vivace_tls_test_" + std::to_string(getpid()));
    std::filesystem::create_directories(path);
    return path;
  }

  const std::filesystem::path directory_ = NewDirectory();
  const Certificate certificate_{directory_ / "server"};
  const Certificate stranger_{directory_ / "stranger"};
  Server server_{{.threads = 2}};
};

TEST_F(TlsTest, ServesHttp1) {
  const auto port = Listen(Plain());
  ASSERT_TRUE(port.has_value()) << port.error().message;
  TlsClient client(*port, {.alpn = "http/1.1"});
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.Alpn(), "http/1.1");
  EXPECT_GT(client.Exchange(kGet, "end").size(), 2u << 20);
  const std::string body(1 << 20, 'b');
  const std::string post =
      "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
      body;
  EXPECT_TRUE(client.Exchange(post, "end").ends_with("bend"));
}

TEST_F(TlsTest, ServesHttp2) {
  const auto port = Listen(Plain());
  TlsClient client(*port, {.alpn = "h2"});
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.Alpn(), "h2");
  const std::string acknowledged("\0\0\0\4\1\0\0\0\0", 9);
  const std::string preface =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + std::string("\0\0\0\4\0\0\0\0\0", 9);
  EXPECT_TRUE(client.Exchange(preface, acknowledged).contains(acknowledged));
}

TEST_F(TlsTest, ClosesOnPlainText) {
  const auto port = Listen(Plain());
  TestSocket client(*port);
  client.Send(kGet);
  EXPECT_TRUE(client.WaitForClose());
}

TEST_F(TlsTest, ChecksClientCertificates) {
  TlsOptions options = Plain();
  options.client_ca_file = certificate_.cert_file();
  // The handshake of TLS 1.3 ends for the client before the server has looked at its certificate,
  // so the exchange decides.
  const auto serves = [&](ClientAuth auth, const Certificate* shown) {
    options.client_auth = auth;
    const auto port = Listen(options);
    EXPECT_TRUE(port.has_value()) << port.error().message;
    TlsClient client(*port, {.certificate = shown});
    return client.connected() && client.Exchange(kGet, "end").ends_with("end");
  };
  EXPECT_TRUE(serves(ClientAuth::kNone, nullptr));
  EXPECT_TRUE(serves(ClientAuth::kRequest, nullptr));
  EXPECT_TRUE(serves(ClientAuth::kRequest, &stranger_));
  EXPECT_FALSE(serves(ClientAuth::kRequireAny, nullptr));
  EXPECT_TRUE(serves(ClientAuth::kRequireAny, &stranger_));
  EXPECT_TRUE(serves(ClientAuth::kVerifyIfGiven, nullptr));
  EXPECT_FALSE(serves(ClientAuth::kVerifyIfGiven, &stranger_));
  EXPECT_FALSE(serves(ClientAuth::kRequireAndVerify, nullptr));
  EXPECT_FALSE(serves(ClientAuth::kRequireAndVerify, &stranger_));
  EXPECT_TRUE(serves(ClientAuth::kRequireAndVerify, &certificate_));
}

TEST_F(TlsTest, RefusesOldVersions) {
  TlsOptions options = Plain();
  options.min_version = TlsVersion::k13;
  const auto port = Listen(options);
  EXPECT_FALSE(TlsClient(*port, {.version_max = TLS1_2_VERSION}).connected());
  EXPECT_TRUE(TlsClient(*port, {}).connected());
}

TEST_F(TlsTest, TakesRenewedCertificates) {
  TlsOptions options = Plain();
  options.reload_interval = std::chrono::seconds(0);
  const auto port = Listen(options);
  const std::string before = TlsClient(*port, {}).Certificate();
  std::ofstream(certificate_.cert_file()) << "not a certificate";
  EXPECT_EQ(TlsClient(*port, {}).Certificate(), before) << "the old certificate is kept";
  const Certificate renewed(directory_ / "server");
  const std::string after = TlsClient(*port, {}).Certificate();
  EXPECT_NE(after, before);
  EXPECT_FALSE(after.empty());
}

TEST_F(TlsTest, OffersTheConfiguredCipherSuites) {
  TlsOptions options = Plain();
  options.cipher_suites = {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"};
  options.max_version = TlsVersion::k12;
  const auto port = Listen(options);
  ASSERT_TRUE(port.has_value()) << port.error().message;
  EXPECT_EQ(TlsClient(*port, {}).Cipher(), "ECDHE-ECDSA-AES256-GCM-SHA384");
  EXPECT_FALSE(TlsClient(*port, {.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"}).connected());
  options.cipher_suites = {"TLS_NONSENSE"};
  EXPECT_EQ(Listen(options).error().message, "tls: unknown cipher suite TLS_NONSENSE");
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(TlsTest, TakesInlineCertificates) {
  const auto port = Listen({.cert_pem = ReadFile(certificate_.cert_file()),
                            .key_pem = ReadFile(certificate_.key_file()),
                            .client_ca_pem = ReadFile(certificate_.cert_file()),
                            .client_auth = ClientAuth::kRequireAndVerify});
  ASSERT_TRUE(port.has_value()) << port.error().message;
  TlsClient known(*port, {.alpn = "http/1.1", .certificate = &certificate_});
  EXPECT_TRUE(known.Exchange("GET / HTTP/1.1\r\nHost: t\r\n\r\n", "end").ends_with("end"));
  TlsClient unknown(*port, {.alpn = "http/1.1", .certificate = &stranger_});
  EXPECT_FALSE(unknown.Exchange("GET / HTTP/1.1\r\nHost: t\r\n\r\n", "end").ends_with("end"));
}

TEST_F(TlsTest, NamesInlineTextThatCannotBeUsed) {
  TlsOptions options{.cert_pem = ReadFile(certificate_.cert_file()),
                     .key_pem = ReadFile(stranger_.key_file())};
  EXPECT_TRUE(Listen(options).error().message.starts_with("tls: inline key: "));
  options.cert_pem = "nonsense";
  EXPECT_TRUE(Listen(options).error().message.starts_with("tls: inline certificate: "));
  options = Plain();
  options.client_ca_pem = "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n";
  EXPECT_TRUE(Listen(options).error().message.starts_with("tls: inline client CA: "));
}

TEST_F(TlsTest, NamesFilesThatCannotBeUsed) {
  TlsOptions options = Plain();
  options.cert_file = "/nonexistent/server.crt";
  EXPECT_TRUE(Listen(options).error().message.starts_with(
      "tls: cert_file /nonexistent/server.crt: no such file or directory"))
      << Listen(options).error().message;
  options = Plain();
  options.key_file = stranger_.key_file();
  EXPECT_TRUE(
      Listen(options).error().message.starts_with("tls: key_file " + stranger_.key_file() + ": "))
      << Listen(options).error().message;
  options = Plain();
  options.client_auth = ClientAuth::kRequireAndVerify;
  EXPECT_EQ(Listen(options).error().message, "tls: client certificates need client_ca_file");
}

// Nor is anybody asked for a passphrase: a server would stand still for it.
TEST_F(TlsTest, RefusesEncryptedKeys) {
  TlsOptions options = Plain();
  options.key_file = certificate_.EncryptedKeyFile();
  EXPECT_EQ(Listen(options).error().message,
            "tls: key_file " + options.key_file +
                ": the key is encrypted, and nobody can be asked for its passphrase");
  options.key_pem = ReadFile(options.key_file);
  options.cert_pem = ReadFile(certificate_.cert_file());
  EXPECT_EQ(Listen(options).error().message,
            "tls: inline key: the key is encrypted, and nobody can be asked for its passphrase");
}

}  // namespace
}  // namespace vivace
