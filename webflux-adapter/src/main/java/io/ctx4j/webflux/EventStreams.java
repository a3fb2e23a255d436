package io.ctx4j.webflux;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpRequest;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;

/** The types whose responses may stop after any element, and are meant to go on for long. */
final class EventStreams {
  private static final List<MediaType> TYPES = List.of(
      MediaType.TEXT_EVENT_STREAM,
      MediaType.APPLICATION_NDJSON,
      new MediaType("application", "stream+json"),
      new MediaType("application", "jsonl"));

  private static final List<String> SUBTYPES =
      TYPES.stream().map(MediaType::getSubtype).toList();

  private static final RequestHeader ACCEPT = new RequestHeader(HttpHeaders.ACCEPT);

  private EventStreams() {}

  /** Whether a response with these headers is one. */
  static boolean is(HttpHeaders response) {
    return is(response.getContentType());
  }

  private static boolean is(@Nullable MediaType type) {
    return type != null && TYPES.stream().anyMatch(stream -> stream.equalsTypeAndSubtype(type));
  }

  /** Whether a request asks for one by name, as every EventSource does. */
  static boolean asked(HttpRequest request) {
    if (!mayName(ACCEPT.in(request))) {
      return false;
    }
    try {
      return request.getHeaders().getAccept().stream().anyMatch(EventStreams::is);
    } catch (InvalidMediaTypeException e) {
      return false;
    }
  }

  /** Few requests do, and to read the types of each would cost as much as all else that the filter does for it. */
  private static boolean mayName(List<String> lines) {
    for (String line : lines) {
      String accept = line.toLowerCase(Locale.ROOT);
      for (String subtype : SUBTYPES) {
        if (accept.contains(subtype)) {
          return true;
        }
      }
    }
    return false;
  }
}
