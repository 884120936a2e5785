package io.metalimages.store.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.store.object.ObjectVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SurveyReaderTest {

    private static final Channel STABLE = new Channel.Stable();

    private static final String SURVEY = """
            {"format":1,"channels":[\
            {"version":"1","index":{"format":1,"channel":"20260101","images":[]}},\
            {"version":"2","index":{"format":1,"channel":"stable","images":[]}}]}""";

    @TempDir
    private Path directory;

    private List<Channel> all(String survey) throws IOException {
        List<Channel> channels = new ArrayList<>();
        try (SurveyReader reader = new SurveyReader(Files.writeString(directory.resolve("survey"), survey))) {
            reader.forEach((channel, index) -> channels.add(channel));
        }
        return channels;
    }

    @Test
    void visitsAllChannels() throws Exception {
        assertThat(all(SURVEY)).extracting(Channel::path).containsExactly("20260101", "stable");
    }

    /** What no index needs is deleted: an index that is not seen would cost an image its files. */
    @Test
    void passesNoneOverWhereverTheFileIsCutOff() {
        for (int length = 0; length < SURVEY.length(); length++) {
            String survey = SURVEY.substring(0, length);
            assertThatThrownBy(() -> all(survey)).as(survey).isInstanceOf(IOException.class);
        }
        String damaged = SURVEY.replace("20260101", "none such");
        assertThatThrownBy(() -> all(damaged)).isInstanceOf(IOException.class);
    }

    @Test
    void findsWhatStandsBeforeTheDamage() throws Exception {
        String cut = SURVEY.substring(0, SURVEY.indexOf(",{\"version\":\"2\""));
        try (SurveyReader reader = new SurveyReader(Files.writeString(directory.resolve("survey"), cut))) {
            assertThat(reader.find(new SurveyReader.Entry(Channel.parse("20260101"), new ObjectVersion("1"))))
                    .isPresent();
            assertThat(reader.find(new SurveyReader.Entry(STABLE, new ObjectVersion("2"))))
                    .isEmpty();
            assertThat(reader.isUsedUp()).isFalse();
        }
    }
}
