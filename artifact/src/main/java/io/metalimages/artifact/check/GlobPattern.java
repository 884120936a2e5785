package io.metalimages.artifact.check;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A pattern of glob(7) with braces, as glob(3) has it with GLOB_BRACE: braces are expanded first, and each of the patterns
 * that come of it is matched name by name. A name that begins with a dot is matched only by a pattern that does.
 *
 * <p>Patterns come from images, so the work is bounded: matching a name takes at most the product of both lengths, and a
 * pattern that is longer than {@value #LONGEST} characters, or whose braces make more than {@value #MOST_PATTERNS} others,
 * is malformed.
 */
final class GlobPattern {

    /** The kernel's limit of a path, see limits.h. */
    private static final int LONGEST = 4_096;

    private static final int MOST_PATTERNS = 1_000;

    private final List<List<String>> alternatives;

    private GlobPattern(List<List<String>> alternatives) {
        this.alternatives = List.copyOf(alternatives);
    }

    /** Reads a pattern; nothing if it is malformed. */
    static Optional<GlobPattern> parse(String pattern) {
        Optional<List<String>> expanded = pattern.length() <= LONGEST ? expand(pattern) : Optional.empty();
        if (expanded.isEmpty()) {
            return Optional.empty();
        }
        List<List<String>> alternatives = new ArrayList<>();
        for (String alternative : expanded.get()) {
            List<String> names = List.of(alternative.split("/", -1));
            if (!names.stream().allMatch(GlobPattern::isWellFormed)) {
                return Optional.empty();
            }
            alternatives.add(names);
        }
        return Optional.of(new GlobPattern(alternatives));
    }

    /** Whether it stands for this path, which has no slashes around it. */
    boolean matches(String path) {
        List<String> names = List.of(path.split("/", -1));
        return alternatives.stream().anyMatch(alternative -> matches(alternative, names));
    }

    private static boolean matches(List<String> patterns, List<String> names) {
        if (patterns.size() != names.size()) {
            return false;
        }
        for (int index = 0; index < names.size(); index++) {
            boolean hidden = names.get(index).startsWith(".");
            if ((hidden && !patterns.get(index).startsWith("."))
                    || !matchesName(patterns.get(index), names.get(index))) {
                return false;
            }
        }
        return true;
    }

    /** The patterns without braces that a pattern stands for; nothing if it is malformed. */
    private static Optional<List<String>> expand(String pattern) {
        List<String> expanded = new ArrayList<>();
        Deque<String> pending = new ArrayDeque<>(List.of(pattern));
        for (int made = 1; !pending.isEmpty(); ) {
            String next = pending.pop();
            if (next.indexOf('{') < 0) {
                expanded.add(next);
                continue;
            }
            List<String> replaced = replaceFirstBraces(next);
            made += replaced.size();
            if (replaced.isEmpty() || made > MOST_PATTERNS) {
                return Optional.empty();
            }
            replaced.forEach(pending::push);
        }
        return Optional.of(expanded);
    }

    /** A pattern for each part of the first pair of braces; none if that has no end. */
    private static List<String> replaceFirstBraces(String pattern) {
        int open = pattern.indexOf('{');
        int begin = open + 1;
        int depth = 0;
        List<String> parts = new ArrayList<>();
        for (int index = open; index < pattern.length(); index++) {
            char sign = pattern.charAt(index);
            if (depth == 1 && (sign == ',' || sign == '}')) {
                parts.add(pattern.substring(begin, index));
                begin = index + 1;
            }
            depth += sign == '{' ? 1 : sign == '}' ? -1 : 0;
            if (depth == 0) {
                String before = pattern.substring(0, open);
                String after = pattern.substring(begin);
                return parts.stream().map(part -> before + part + after).toList();
            }
        }
        return List.of();
    }

    private static boolean isWellFormed(String pattern) {
        for (int index = 0; index < pattern.length(); index++) {
            if (pattern.charAt(index) == '[') {
                index = endOfSet(pattern, index);
                if (index < 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** A bracket right behind the opening one, or behind its negation, belongs to the set; -1 if there is no end. */
    private static int endOfSet(String pattern, int start) {
        int first = start + 1 < pattern.length() && isNegation(pattern.charAt(start + 1)) ? start + 2 : start + 1;
        return pattern.indexOf(']', first + 1);
    }

    private static boolean isNegation(char sign) {
        return sign == '!' || sign == '^';
    }

    /** What a star stands for grows only where nothing else matches, and only the last star's: earlier ones need not. */
    private static boolean matchesName(String pattern, String name) {
        int inPattern = 0;
        int inName = 0;
        int behindStar = -1;
        int nextInName = 0;
        while (inName < name.length()) {
            if (inPattern < pattern.length() && pattern.charAt(inPattern) == '*') {
                behindStar = ++inPattern;
                nextInName = inName;
                continue;
            }
            int behind = inPattern < pattern.length() ? behindIfAccepted(pattern, inPattern, name.charAt(inName)) : -1;
            if (behind >= 0) {
                inPattern = behind;
                inName++;
            } else if (behindStar >= 0) {
                inPattern = behindStar;
                inName = ++nextInName;
            } else {
                return false;
            }
        }
        while (inPattern < pattern.length() && pattern.charAt(inPattern) == '*') {
            inPattern++;
        }
        return inPattern == pattern.length();
    }

    /** The position behind what stands for one character, if that accepts {@code sign}; otherwise -1. */
    private static int behindIfAccepted(String pattern, int position, char sign) {
        return switch (pattern.charAt(position)) {
            case '?' -> position + 1;
            case '[' -> {
                int end = endOfSet(pattern, position);
                yield setAccepts(pattern.substring(position + 1, end), sign) ? end + 1 : -1;
            }
            default -> pattern.charAt(position) == sign ? position + 1 : -1;
        };
    }

    private static boolean setAccepts(String set, char sign) {
        boolean negated = isNegation(set.charAt(0));
        for (int index = negated ? 1 : 0; index < set.length(); index++) {
            boolean range = index + 2 < set.length() && set.charAt(index + 1) == '-';
            char last = set.charAt(range ? index + 2 : index);
            if (set.charAt(index) <= sign && sign <= last) {
                return !negated;
            }
            index += range ? 2 : 0;
        }
        return negated;
    }
}
