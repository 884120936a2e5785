package io.metalimages.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.common.Digest;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.object.ObjectKey;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ShelfTest {

    private static Site.Group branch(String slug) {
        return new Site.Group(List.of(new Build(
                new Channel.PullRequest(slug),
                ImageName.parse("debian/12"),
                Instant.EPOCH,
                1,
                Digest.of(slug),
                Optional.empty())));
    }

    private static Stream<String> many() {
        return IntStream.range(0, 3000).mapToObj(number -> (number % 3 == 0 ? "fix-" : "renovate-debian-") + number);
    }

    private static Map<ObjectKey, Shelf> pages(Stream<String> slugs) {
        return Shelf.of(slugs.map(ShelfTest::branch).toList())
                .all()
                .collect(Collectors.toMap(Shelf::page, Function.identity()));
    }

    @Test
    void eachBranchIsOnOnePageAndNoPageIsLong() {
        Map<ObjectKey, Shelf> pages = pages(Stream.concat(many(), Stream.of("fix", "fix-1-x", "index")));
        assertThat(pages.values().stream()
                        .flatMap(shelf -> shelf.branches().stream())
                        .map(Site.Group::label))
                .doesNotHaveDuplicates()
                .hasSize(3003);
        for (Shelf shelf : pages.values()) {
            assertThat(shelf.branches().size() + shelf.parts().size())
                    .as(shelf.heading())
                    .isBetween(1, Shelf.MOST);
            assertThat(shelf.branches().stream().map(Site.Group::label))
                    .allMatch(label -> label.startsWith(shelf.prefix()));
        }
    }

    @Test
    void anotherBranchChangesFewPages() {
        Map<ObjectKey, Shelf> before = pages(many());
        Map<ObjectKey, Shelf> after = pages(Stream.concat(many(), Stream.of("fix-17a")));
        assertThat(before).hasSizeGreaterThan(30);
        assertThat(after.entrySet().stream().filter(page -> !page.getValue().equals(before.get(page.getKey()))))
                .hasSizeLessThan(6);
    }

    @Test
    void fewBranchesAreOnePage() {
        assertThat(pages(Stream.of("b", "a"))).containsOnlyKeys(new ObjectKey("catalog/Branches.html"));
    }
}
