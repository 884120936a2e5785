package io.metalimages.store.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.engine.Progress;
import io.metalimages.store.object.Content;
import io.metalimages.store.object.ObjectKey;
import io.metalimages.store.object.ObjectStore;
import io.metalimages.store.object.directory.DirectoryStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a store keeps of itself, in a directory. */
final class StoreSettingsTest {

    private static final PublicUrl BASE = new PublicUrl("https://images.example.com");
    private static final PublicUrl OTHER = new PublicUrl("https://other.example.com");

    @TempDir
    private Path directory;

    private ObjectStore store;
    private StoreSettings settings;

    @BeforeEach
    void open() {
        store = DirectoryStore.in(directory.resolve("store"));
        settings = new StoreSettings(store, Progress.SILENT);
    }

    @Test
    void aStoreThatIsNotThereIsNotMadeByAsking() {
        assertThatThrownBy(settings::requireThere).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
            assertThat(fault).hasMessage("There is no image store in " + store.address() + ".");
            assertThat(fault.remedy().orElseThrow()).contains("metal-images publish --create");
        });
        assertThat(directory.resolve("store")).doesNotExist();
        settings.create();
        settings.requireThere();
        settings.create();
        assertThat(settings.urlBase()).isEmpty();
    }

    @Test
    void aStoreOfAnEarlierVersionIsThere() throws Exception {
        store.writeIfAbsent(new ObjectKey("metal-os/stable/index.json"), Content.of(new byte[] {1}));
        settings.requireThere();
    }

    @Test
    void theAddressIsKeptAndChangedOnlyWhenThatIsSaid() {
        settings.keepUrlBase(BASE, false);
        assertThat(settings.urlBase()).contains(BASE);
        settings.keepUrlBase(BASE, false);
        settings.create();
        assertThat(settings.urlBase()).contains(BASE);
        settings.requireUrlBase(BASE);
        assertThatThrownBy(() -> settings.keepUrlBase(OTHER, false))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault).hasMessageContaining("is at " + BASE + " for the public");
                    assertThat(fault.remedy().orElseThrow()).contains("--change-url-base");
                });
        assertThat(settings.urlBase()).contains(BASE);
        settings.keepUrlBase(OTHER, true);
        assertThat(settings.urlBase()).contains(OTHER);
        assertThatThrownBy(() -> settings.requireUrlBase(BASE)).isInstanceOf(FaultException.class);
    }

    @Test
    void settingsThatAreNotUnderstoodAreLeftAlone() throws Exception {
        for (String text : List.of("{", "{\"format\": 2}", "{\"format\": 1, \"urlBase\": \"ftp://x\"}")) {
            store.delete(StoreSettings.KEY);
            store.writeIfAbsent(StoreSettings.KEY, Content.of(text.getBytes(StandardCharsets.UTF_8)));
            assertThatThrownBy(settings::urlBase).hasMessageContaining("store.json");
            assertThatThrownBy(settings::create).hasMessageContaining("store.json");
            settings.requireThere();
        }
    }
}
