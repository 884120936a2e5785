package io.metalimages.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class VersionOrderTest {

    @Test
    void numbersCountAsNumbers() {
        List<String> ordered = List.of("9", "9.4", "12", "12-x", "22.04", "22.10", "100000000000000000000", "x");
        List<String> versions = new ArrayList<>(ordered);
        Collections.reverse(versions);
        versions.sort(new VersionOrder());
        assertThat(versions).isEqualTo(ordered);
    }
}
