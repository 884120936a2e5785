package io.metalimages.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RetryPolicyTest {

    private static final RetryPolicy POLICY =
            new RetryPolicy(6, Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofSeconds(30));

    @Test
    void pausesGrow() {
        assertThat(POLICY.pause(1, Optional.empty())).isBetween(Duration.ofMillis(750), Duration.ofMillis(1_250));
        assertThat(POLICY.pause(3, Optional.empty())).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(5));
    }

    @Test
    void aServerMayAskForMoreOrLessButNotForNone() {
        assertThat(POLICY.pause(1, Optional.of(Duration.ofSeconds(7)))).isEqualTo(Duration.ofSeconds(7));
        assertThat(POLICY.pause(3, Optional.of(Duration.ofSeconds(1)))).isEqualTo(Duration.ofSeconds(1));
        assertThat(POLICY.pause(3, Optional.of(Duration.ZERO))).isGreaterThanOrEqualTo(Duration.ofSeconds(3));
        assertThat(POLICY.pause(1, Optional.of(Duration.ofHours(1)))).isEqualTo(Duration.ofSeconds(30));
    }
}
