package io.ctx4j.boot;

import io.ctx4j.webflux.spi.LiveExchanges;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointProperties;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;

/** Shows the exchanges in flight at the actuator, and keeps its own requests out of them. */
@AutoConfiguration(after = CtxWebAutoConfiguration.class)
@ConditionalOnClass({ConditionalOnAvailableEndpoint.class, WebEndpointProperties.class})
@ConditionalOnBean(LiveExchanges.class)
public final class CtxActuatorAutoConfiguration {
  CtxActuatorAutoConfiguration() {}

  @Bean
  @ConditionalOnAvailableEndpoint
  CtxEndpoint ctx4jEndpoint(LiveExchanges live) {
    return new CtxEndpoint(live);
  }

  @Bean
  ExemptExchanges ctx4jExemptExchanges(
      ApplicationContext context,
      ObjectProvider<WebEndpointProperties> properties,
      ObjectProvider<PathMappedEndpoints> endpoints) {
    return new ActuatorExchanges(context, paths(context, properties, endpoints));
  }

  /** Where the actuator has no base path, the paths of its endpoints. */
  private static List<String> paths(
      ApplicationContext context,
      ObjectProvider<WebEndpointProperties> properties,
      ObjectProvider<PathMappedEndpoints> endpoints) {
    WebEndpointProperties web = properties.getIfAvailable();
    if (web == null
        || ManagementPortType.get(context.getEnvironment()) != ManagementPortType.SAME) {
      return List.of();
    }
    if (!web.getBasePath().isEmpty()) {
      return List.of(web.getBasePath());
    }
    PathMappedEndpoints mapped = endpoints.getIfAvailable();
    return mapped == null ? List.of() : List.copyOf(mapped.getAllPaths());
  }
}
