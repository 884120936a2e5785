package io.metalimages.build;

import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.SourceRange;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@code EXPOSE} names: {@code [[address:]port:]port[-port][/protocol]}, of which the first parts mean nothing. */
final class ExposedPorts {

    private static final Pattern SPECIFICATION = Pattern.compile(
            "(?:(?:[0-9.]*|\\[[0-9a-fA-F:.]*])?:)?(?:(?<host>[0-9-]*):)?(?<ports>[^:/]+)(?:/(?<protocol>.*))?");
    private static final Pattern RANGE = Pattern.compile("(?<first>[0-9]{1,5})(?:-(?<last>[0-9]{1,5}))?");
    private static final Set<String> PROTOCOLS = Set.of("tcp", "udp", "sctp");
    private static final int HIGHEST = 65535;

    private ExposedPorts() {}

    /** The ports as an image's configuration has them: {@code port/protocol}. */
    static SortedSet<String> parse(List<String> words, SourceRange range) {
        SortedSet<String> ports = new TreeSet<>();
        for (String word : words) {
            Matcher specification = SPECIFICATION.matcher(word);
            if (!specification.matches()) {
                throw wrong(word, range);
            }
            String given = specification.group("protocol");
            String protocol = given == null || given.isEmpty() ? "tcp" : given.toLowerCase(Locale.ROOT);
            Range container = Range.parse(specification.group("ports"), word, range);
            String host = specification.group("host");
            if (host != null && !host.isEmpty()) {
                Range outside = Range.parse(host, word, range);
                if (container.size() > 1 && container.size() != outside.size()) {
                    throw wrong(word, range);
                }
            }
            if (!PROTOCOLS.contains(protocol)) {
                throw FaultException.wrongInput(
                        range + ": EXPOSE " + word + ": there is no protocol " + given + ".",
                        "Write tcp, udp or sctp after the slash.");
            }
            for (int port = container.first(); port <= container.last(); port++) {
                ports.add(port + "/" + protocol);
            }
        }
        return ports;
    }

    private record Range(int first, int last) {

        static Range parse(String text, String word, SourceRange source) {
            Matcher matcher = RANGE.matcher(text);
            if (!matcher.matches()) {
                throw wrong(word, source);
            }
            int first = Integer.parseInt(matcher.group("first"));
            int last = matcher.group("last") == null ? first : Integer.parseInt(matcher.group("last"));
            if (last < first || last > HIGHEST) {
                throw wrong(word, source);
            }
            return new Range(first, last);
        }

        int size() {
            return last - first + 1;
        }
    }

    private static FaultException wrong(String word, SourceRange range) {
        return FaultException.wrongInput(
                range + ": EXPOSE " + word + " names no port.",
                "Write a port from 0 to " + HIGHEST + " or a range, such as 8080, 53/udp or 7000-7010.");
    }
}
