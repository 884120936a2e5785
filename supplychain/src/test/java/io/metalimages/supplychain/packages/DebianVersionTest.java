package io.metalimages.supplychain.packages;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.testing.Host;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DebianVersionTest {

    private static final String CHARACTERS = "0019az.+~-";

    @ParameterizedTest
    @CsvSource({
        "1.0, 1.0.1",
        "1.0~rc1, 1.0",
        "1.0-1~bpo12+1, 1.0-1",
        "1.2.3-4, 1.2.3-4+deb12u1",
        "1.2.3-4+deb12u9, 1.2.3-4+deb12u10",
        "9.9-1, 1:0.1-1",
        "6.1.9-1, 6.1.10-1",
        "1.0a, 1.0+",
        "'', 0a",
        "1-1-1, 1-1-2",
    })
    void theFirstIsOlder(String older, String newer) {
        assertThat(new DebianVersion(older)).isLessThan(new DebianVersion(newer));
        assertThat(new DebianVersion(newer)).isGreaterThan(new DebianVersion(older));
    }

    @ParameterizedTest
    @CsvSource({"1.0, 1.00", "0:1, 1", "1-0, 1", "1.0-, 1.0"})
    void theyAreEquallyOld(String one, String other) {
        assertThat(new DebianVersion(one)).isEqualByComparingTo(new DebianVersion(other));
    }

    /** dpkg itself says what the order is. */
    @Test
    void theOrderIsDpkgs() throws IOException, InterruptedException {
        Host.assumeInstalled("dpkg", "dpkg");
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            String one = version(random);
            String other = random.nextBoolean() ? version(random) : one + CHARACTERS.charAt(random.nextInt(6));
            int order = new DebianVersion(one).compareTo(new DebianVersion(other));
            String relation = order < 0 ? "lt" : order > 0 ? "gt" : "eq";
            int status = new ProcessBuilder(List.of("dpkg", "--compare-versions", one, relation, other))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            assertThat(status)
                    .as("%s %s %s, seed %d", one, relation, other, seed)
                    .isZero();
        }
    }

    private static String version(Random random) {
        StringBuilder version = new StringBuilder(random.nextInt(4) == 0 ? random.nextInt(3) + ":" : "");
        version.append(random.nextInt(10));
        random.ints(random.nextInt(8), 0, CHARACTERS.length())
                .forEach(index -> version.append(CHARACTERS.charAt(index)));
        return version.append(random.nextInt(10)).toString();
    }

    @Test
    void sortingIsConsistentForAnyText() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> texts = Stream.generate(() -> {
                    StringBuilder text = new StringBuilder();
                    random.ints(random.nextInt(6), 0, 12).forEach(index -> text.append("01a~:-+. é9Z".charAt(index)));
                    return text.toString();
                })
                .limit(200)
                .toList();
        for (String one : texts) {
            for (String other : texts) {
                int order = new DebianVersion(one).compareTo(new DebianVersion(other));
                assertThat(Integer.signum(new DebianVersion(other).compareTo(new DebianVersion(one))))
                        .as("\"%s\" and \"%s\", seed %d", one, other, seed)
                        .isEqualTo(-Integer.signum(order));
            }
        }
    }
}
