package io.ctx4j.webflux;

import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebSession;
import org.springframework.web.server.session.DefaultWebSessionManager;
import org.springframework.web.server.session.InMemoryWebSessionStore;
import org.springframework.web.server.session.WebSessionManager;
import org.springframework.web.server.session.WebSessionStore;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Sessions in memory, but those that want to be kept for ever: the store does not answer for them.
 */
final class Sessions implements WebSessionManager {
  static final String HANGS = "hangs";

  /** Those that want to be kept for ever, but no longer than until this fails. */
  volatile Sinks.Empty<Void> hanging = Sinks.empty();

  final AtomicInteger saves = new AtomicInteger();
  private final InMemoryWebSessionStore memory = new InMemoryWebSessionStore();
  private final DefaultWebSessionManager manager = new DefaultWebSessionManager();

  Sessions() {
    memory.setMaxSessions(Integer.MAX_VALUE);
    manager.setSessionStore(new WebSessionStore() {
      @Override
      public Mono<WebSession> createWebSession() {
        return memory.createWebSession().map(Kept::new);
      }

      @Override
      public Mono<WebSession> retrieveSession(String sessionId) {
        return memory.retrieveSession(sessionId).map(Kept::new);
      }

      @Override
      public Mono<Void> removeSession(String sessionId) {
        return memory.removeSession(sessionId);
      }

      @Override
      public Mono<WebSession> updateLastAccessTime(WebSession session) {
        return memory.updateLastAccessTime(((Kept) session).session);
      }
    });
  }

  @Override
  public Mono<WebSession> getSession(ServerWebExchange exchange) {
    return manager.getSession(exchange);
  }

  private final class Kept implements WebSession {
    private final WebSession session;

    Kept(WebSession session) {
      this.session = session;
    }

    @Override
    public Mono<Void> save() {
      saves.incrementAndGet();
      return session.getAttributes().containsKey(HANGS) ? hanging.asMono() : session.save();
    }

    @Override
    public String getId() {
      return session.getId();
    }

    @Override
    public java.util.Map<String, Object> getAttributes() {
      return session.getAttributes();
    }

    @Override
    public void start() {
      session.start();
    }

    @Override
    public boolean isStarted() {
      return session.isStarted();
    }

    @Override
    public Mono<Void> changeSessionId() {
      return session.changeSessionId();
    }

    @Override
    public Mono<Void> invalidate() {
      return session.invalidate();
    }

    @Override
    public boolean isExpired() {
      return session.isExpired();
    }

    @Override
    public java.time.Instant getCreationTime() {
      return session.getCreationTime();
    }

    @Override
    public java.time.Instant getLastAccessTime() {
      return session.getLastAccessTime();
    }

    @Override
    public void setMaxIdleTime(java.time.Duration maxIdleTime) {
      session.setMaxIdleTime(maxIdleTime);
    }

    @Override
    public java.time.Duration getMaxIdleTime() {
      return session.getMaxIdleTime();
    }
  }
}
