package io.metalimages.rack.checks;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.rack.overlay.Prefix;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class FirewallTrafficTest {

    private static final Set<Prefix> EXPECTED = Set.of(Prefix.parse("0.0.0.0/0"), Prefix.parse("10.0.16.2"));

    @Test
    void routesThatAreExpectedAreNoTrouble() {
        assertThat(FirewallTraffic.trouble(EXPECTED, Map.of("leaf1", EXPECTED, "leaf2", EXPECTED)))
                .isEmpty();
    }

    @Test
    void eachRouteThatIsMissingOrTooMuchIsNamed() {
        assertThat(FirewallTraffic.trouble(
                        EXPECTED, Map.of("leaf1", Set.of(Prefix.parse("0.0.0.0/0"), Prefix.parse("198.18.1.0/24")))))
                .contains(
                        "leaf1 lacks 10.0.16.2/32; leaf1 has 198.18.1.0/24, which the allocation does not let there.");
    }

    @Test
    void aSwitchThatHasLearnedNothingIsNoted() {
        assertThat(FirewallTraffic.trouble(EXPECTED, Map.of("leaf1", EXPECTED, "leaf2", Set.of())))
                .hasValueSatisfying(trouble -> assertThat(trouble).contains("leaf2 lacks 0.0.0.0/0"));
    }
}
