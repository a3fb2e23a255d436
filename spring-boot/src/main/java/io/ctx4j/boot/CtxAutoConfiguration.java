package io.ctx4j.boot;

import io.ctx4j.CancelCtx;
import io.ctx4j.Ctx;
import io.ctx4j.webflux.spi.LiveExchanges;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/**
 * The application's root context, of every application: a server's, a batch's, a command's.
 *
 * <p>It is the bean {@code ctx4jRoot}, and no candidate for injection by type: who asks for a
 * {@link Ctx} by mistake would get one that never ends. It is canceled as the application is
 * closed.
 */
@AutoConfiguration
public final class CtxAutoConfiguration {
  /** The bean's name, to be asked for by {@code @Qualifier}. */
  public static final String ROOT = "ctx4jRoot";

  CtxAutoConfiguration() {}

  /** Not closed with the other beans, but by {@link CtxShutdown}, which says why. */
  @Bean(name = ROOT, destroyMethod = "", defaultCandidate = false)
  @ConditionalOnMissingBean(name = ROOT)
  CancelCtx ctx4jRoot() {
    return Ctx.background().withName("application").withCancel();
  }

  @Bean
  CtxShutdown ctx4jShutdown(
      @Qualifier(ROOT) CancelCtx root,
      ObjectProvider<LiveExchanges> live,
      ConfigurableApplicationContext application) {
    return new CtxShutdown(root, live.getIfAvailable(), application);
  }
}
