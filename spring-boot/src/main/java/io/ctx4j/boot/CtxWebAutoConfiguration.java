package io.ctx4j.boot;

import io.ctx4j.Ctx;
import io.ctx4j.webflux.CtxArgumentResolver;
import io.ctx4j.webflux.CtxWebFilter;
import io.ctx4j.webflux.CtxWebSettings;
import io.ctx4j.webflux.spi.LiveExchanges;
import io.ctx4j.webflux.spi.Meters;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.result.method.annotation.ArgumentResolverConfigurer;

/** Gives each exchange of a WebFlux application a context; settings are {@code ctx4j.web.*}. */
@AutoConfiguration(
    after = {CtxAutoConfiguration.class, CtxMetricsAutoConfiguration.class},
    beforeName = "org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnBooleanProperty(name = "ctx4j.web.enabled", matchIfMissing = true)
@Import(CtxWebSettingsConfiguration.class)
public final class CtxWebAutoConfiguration {
  CtxWebAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  LiveExchanges ctx4jLiveExchanges() {
    return new LiveExchanges();
  }

  @Bean
  @ConditionalOnMissingBean
  CtxWebFilter ctx4jWebFilter(
      @Qualifier(CtxAutoConfiguration.ROOT) Ctx root,
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
    CtxWebShutdown ctx4jWebShutdown(
        CtxShutdown shutdown, LiveExchanges live, CtxWebProperties properties) {
      return new CtxWebShutdown(shutdown, live, properties.shutdown());
    }

    @Bean
    CtxWebStart ctx4jWebStart(LiveExchanges live) {
      return new CtxWebStart(live);
    }
  }
}
