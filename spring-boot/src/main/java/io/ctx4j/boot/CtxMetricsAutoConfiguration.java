package io.ctx4j.boot;

import io.ctx4j.webflux.spi.LiveExchanges;
import io.ctx4j.webflux.spi.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Counts in Micrometer, where the application has a registry. */
@AutoConfiguration(
    afterName =
        "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBooleanProperty(name = "ctx4j.web.enabled", matchIfMissing = true)
public final class CtxMetricsAutoConfiguration {
  CtxMetricsAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  Meters ctx4jMeters(ObjectProvider<MeterRegistry> registries, ObjectProvider<LiveExchanges> live) {
    MeterRegistry registry = registries.getIfAvailable();
    return registry == null ? Meters.NONE : new MicrometerMeters(registry, live.getIfAvailable());
  }
}
