import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.client.RestTemplate;

/**
 * A small shop that buys something from itself once, prints the trace that the agent made of it,
 * and ends.
 */
@Configuration
@EnableAutoConfiguration
@Import(Shop.Pages.class)
public class Shop {
  private static String address;

  @RestController
  static class Pages {
    @GetMapping("/checkout")
    String checkout() {
      try {
        return new RestTemplate().getForObject(address + "/charge", String.class);
      } catch (HttpServerErrorException declined) {
        return "declined";
      }
    }

    @GetMapping("/charge")
    String charge(@RequestHeader("traceparent") String parent) {
      System.out.println("trace " + parent.split("-")[1]);
      throw new IllegalStateException("card declined");
    }
  }

  public static void main(String[] arguments) {
    SpringApplication application = new SpringApplication(Shop.class);
    application.setDefaultProperties(
        Map.of(
            "server.port", "0",
            "server.address", "127.0.0.1",
            "spring.main.banner-mode", "off"));
    var context = (ServletWebServerApplicationContext) application.run(arguments);
    address = "http://127.0.0.1:" + context.getWebServer().getPort();
    System.out.println(new RestTemplate().getForObject(address + "/checkout", String.class));
    System.exit(SpringApplication.exit(context));
  }
}
