package io.ctx4j.webflux;

import io.ctx4j.Ctx;
import org.springframework.core.MethodParameter;
import org.springframework.web.reactive.BindingContext;
import org.springframework.web.reactive.result.method.SyncHandlerMethodArgumentResolver;
import org.springframework.web.server.ServerWebExchange;

/**
 * Gives annotated handlers their exchange's context, as a parameter of type {@link Ctx}.
 *
 * <p>Without Spring Boot: {@code configurer.addCustomResolver(new CtxArgumentResolver())} in a
 * {@code WebFluxConfigurer}.
 */
public final class CtxArgumentResolver implements SyncHandlerMethodArgumentResolver {

  /** For use without Spring Boot. */
  public CtxArgumentResolver() {}

  @Override
  public boolean supportsParameter(MethodParameter parameter) {
    return parameter.getParameterType() == Ctx.class;
  }

  @Override
  public Object resolveArgumentValue(
      MethodParameter parameter, BindingContext binding, ServerWebExchange exchange) {
    return CtxWeb.ctx(exchange);
  }
}
