package io.metalimages.catalog;

import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Orders versions as people do: the numbers in them by their values, so that 9 is before 12. */
final class VersionOrder implements Comparator<String> {

    private static final Pattern PART = Pattern.compile("[0-9]+|[^0-9]+");

    @Override
    public int compare(String one, String other) {
        List<String> here = parts(one);
        List<String> there = parts(other);
        for (int index = 0; index < Math.min(here.size(), there.size()); index++) {
            int order = compareParts(here.get(index), there.get(index));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(here.size(), there.size());
    }

    private static List<String> parts(String version) {
        return PART.matcher(version).results().map(MatchResult::group).toList();
    }

    private static int compareParts(String one, String other) {
        boolean numbers = Character.isDigit(one.charAt(0)) && Character.isDigit(other.charAt(0));
        return numbers ? new BigInteger(one).compareTo(new BigInteger(other)) : one.compareTo(other);
    }
}
