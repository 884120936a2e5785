package io.metalimages.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.directory.DirectoryStore;
import io.metalimages.store.object.gcs.GoogleStore;
import io.metalimages.store.object.s3.S3Store;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user may write for a store. */
final class StoreLocationTest {

    @Test
    void directoriesAreNamedByPathOrUrl(@TempDir Path directory) {
        Path spaced = directory.resolve("a b");
        for (String text : new String[] {spaced.toString(), spaced.toUri().toString()}) {
            try (ObjectStore store = new StoreLocation(text).open()) {
                assertThat(store).isInstanceOf(DirectoryStore.class);
                assertThat(store.address()).isEqualTo(spaced.toString());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "s3://images?region=eu-central-1, s3://images/",
        "s3://images/?region=eu-central-1, s3://images/",
        "s3://images/a/b/?region=eu-central-1, s3://images/a/b/",
        "s3://images/a?endpoint=http://127.0.0.1:9000&path-style=true, s3://images/a/ at http://127.0.0.1:9000",
        "s3://images?endpoint=https%3A%2F%2Fs3.example.com, s3://images/ at https://s3.example.com",
    })
    void bucketsHaveAddresses(String text, String address) {
        try (ObjectStore store = new StoreLocation(text).open()) {
            assertThat(store).isInstanceOf(S3Store.class);
            assertThat(store.address()).isEqualTo(address);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "gs://images, gs://images/",
        "gs://images_1.example.com/a/b/, gs://images_1.example.com/a/b/",
        "gs://images/a?endpoint=http://127.0.0.1:4443, gs://images/a/ at http://127.0.0.1:4443",
        "GS://images?endpoint=http://storage.example.com&credentials=none, gs://images/ at http://storage.example.com",
    })
    void bucketsOfGoogleHaveAddresses(String text, String address) {
        try (ObjectStore store = new StoreLocation(text).open()) {
            assertThat(store).isInstanceOf(GoogleStore.class);
            assertThat(store.address()).isEqualTo(address);
        }
    }

    @Test
    void whatTheUserSaysOfConditionsIsNotTriedOut() throws Exception {
        try (ObjectStore store =
                new StoreLocation("s3://images?endpoint=http://127.0.0.1:1&conditional-writes=false").open()) {
            assertThat(store.capabilities().conditionalWrites()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "line\nbreak",
                "ftp://example.com/store",
                "https://example.com/store",
                "file:store",
                "file://example.com/store",
                "file:///store?secret",
                "s3:images",
                "s3://",
                "s3:///images",
                "s3://Images",
                "s3://im",
                "s3://images#secret",
                "s3://images/a//b",
                "s3://images/a/../b",
                "s3://images/.hidden",
                "s3://key:secret@images",
                "s3://images?secret",
                "s3://images?secret=secret",
                "s3://images?path-style=secret-or-not",
                "s3://images?region=EU secret",
                "s3://images?region=EU",
                "s3://images?endpoint=",
                "s3://images?endpoint=secret",
                "s3://images?endpoint=ftp://secret",
                "s3://images?endpoint=http://key:secret@example.com",
                "s3://images?endpoint=http://example.com?secret",
                "gs:images",
                "gs://",
                "gs://Images",
                "gs://token:secret@images",
                "gs://images?credentials=secret",
                "gs://images?region=eu",
                "gs://images?endpoint=http://storage.example.com",
                "gs://images?endpoint=http://token:secret@127.0.0.1"
            })
    void whatIsNoStoreIsRefusedWithTheNextStep(String text) {
        assertThatThrownBy(() -> new StoreLocation(text).open()).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
            assertThat(fault.remedy()).isPresent();
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://key:very-secret@images",
                "s3://images?endpoint=http://key:very-secret@example.com",
                "s3://images?endpoint=http://key:very-secret@ example.com",
                "s3://images?endpoint=http://key:very-secret@%20example.com",
                "gs://token:very-secret@images",
                "gs://images?credentials=very-secret",
                "gs://images?endpoint=https://token:very-secret@example.com"
            })
    void whatMayBeSecretIsNotShown(String text) {
        assertThatThrownBy(() -> new StoreLocation(text).open())
                .isInstanceOf(FaultException.class)
                .message()
                .doesNotContain("very-secret");
    }
}
