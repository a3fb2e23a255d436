package io.ctx4j.boot;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.webflux.CtxArgumentResolver;
import io.ctx4j.webflux.CtxClientFilter;
import io.ctx4j.webflux.CtxWebFilter;
import io.ctx4j.webflux.CtxWebSettings;
import io.ctx4j.webflux.CtxWebSettings.Mode;
import io.ctx4j.webflux.spi.LiveExchanges;
import io.ctx4j.webflux.spi.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointProperties;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.result.method.annotation.ArgumentResolverConfigurer;

/**
 * Gives each exchange of a WebFlux application a context, and what goes with it; settings are {@code ctx4j.web.*}.
 *
 * <p>The root of all of them is the bean {@code ctx4jRoot}. It is no candidate for injection by type: who asks
 * for a {@link Ctx} by mistake would get one that never ends.
 */
@AutoConfiguration(
    beforeName = "org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration",
    afterName =
        "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnBooleanProperty(name = "ctx4j.web.enabled", matchIfMissing = true)
@EnableConfigurationProperties(CtxWebProperties.class)
public final class CtxWebAutoConfiguration {
  private static final String ROOT = "ctx4jRoot";

  CtxWebAutoConfiguration() {}

  /** Not closed with the other beans, but by {@link CtxShutdown}, which says why. */
  @Bean(name = ROOT, destroyMethod = "", defaultCandidate = false)
  @ConditionalOnMissingBean(name = ROOT)
  CancelCtx ctx4jRoot() {
    return Ctx.background().withName("application").withCancel();
  }

  @Bean
  LiveExchanges ctx4jLiveExchanges() {
    return new LiveExchanges();
  }

  @Bean
  @ConditionalOnMissingBean
  CtxWebSettings ctx4jWebSettings(CtxWebProperties properties) {
    return properties.settings();
  }

  @Bean
  @ConditionalOnMissingBean
  CtxWebFilter ctx4jWebFilter(
      @Qualifier(ROOT) Ctx root,
      CtxWebSettings settings,
      LiveExchanges live,
      ObjectProvider<Meters> meters,
      ObjectProvider<ExemptExchanges> exempt) {
    ExemptExchanges none = exchange -> false;
    return new CtxWebFilter(
        root,
        settings,
        live,
        meters.getIfAvailable(() -> Meters.NONE),
        exempt.getIfAvailable(() -> none));
  }

  @Bean
  WebFluxConfigurer ctx4jWebFluxConfigurer() {
    return new WebFluxConfigurer() {
      @Override
      public void configureArgumentResolvers(ArgumentResolverConfigurer configurer) {
        configurer.addCustomResolver(new CtxArgumentResolver());
      }
    };
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(WebServerApplicationContext.class)
  static class Shutdown {
    @Bean
    CtxShutdown ctx4jShutdown(
        @Qualifier(ROOT) CancelCtx root, LiveExchanges live, CtxWebProperties properties) {
      return new CtxShutdown(root, live, properties.shutdown());
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(WebClientCustomizer.class)
  static class Client {
    @Bean
    @ConditionalOnMissingBean
    CtxClientFilter ctx4jClientFilter(CtxWebProperties properties, ObjectProvider<Meters> meters) {
      return new CtxClientFilter(
          properties.client().hosts(),
          properties.mode() == Mode.ENFORCE,
          meters.getIfAvailable(() -> Meters.NONE));
    }

    @Bean
    WebClientCustomizer ctx4jWebClientCustomizer(CtxClientFilter filter) {
      return builder -> builder.filter(filter);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(MeterRegistry.class)
  static class Metrics {
    @Bean
    Meters ctx4jMeters(
        ObjectProvider<MeterRegistry> registries, LiveExchanges live, CtxWebProperties properties) {
      MeterRegistry registry = registries.getIfAvailable();
      return registry == null
          ? Meters.NONE
          : new MicrometerMeters(registry, live, properties.requestHeaders());
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({ConditionalOnAvailableEndpoint.class, WebEndpointProperties.class})
  static class Actuator {
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
}
