package io.ctx4j.boot;

import io.ctx4j.webflux.spi.LiveExchanges;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointProperties;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.webflux.actuate.endpoint.web.AbstractWebFluxEndpointHandlerMapping;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;

/** Shows the exchanges in flight at the actuator, and keeps its own requests out of them. */
@AutoConfiguration(after = CtxWebAutoConfiguration.class)
@ConditionalOnClass({
  ConditionalOnAvailableEndpoint.class,
  WebEndpointProperties.class,
  AbstractWebFluxEndpointHandlerMapping.class
})
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
      ApplicationContext context, ObjectProvider<AbstractWebFluxEndpointHandlerMapping> mappings) {
    return new EndpointExchanges(
        context,
        () -> mappings.stream()
            .flatMap(mapping -> mapping.getHandlerMethods().keySet().stream())
            .toList());
  }
}
