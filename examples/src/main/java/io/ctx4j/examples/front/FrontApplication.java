package io.ctx4j.examples.front;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.client.WebClient;

/** The front; settings are in front.properties. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = R2dbcAutoConfiguration.class) // it has no database
public class FrontApplication {

  /** Spring Boot's builder: its clients hand on what is left of a request's deadline. */
  @Bean
  FrontEndpoints endpoints(WebClient.Builder builder, @Value("${orders.url}") String ordersUrl) {
    return new FrontEndpoints(builder.baseUrl(ordersUrl).build());
  }
}
