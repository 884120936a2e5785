package io.metalimages.store.channel;

import io.metalimages.common.FaultException;
import io.metalimages.store.object.ObjectVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.Comparator;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads what a {@link ChannelSurvey} has written, a channel after the other. Who looks for channels finds none from where it is
 * damaged on; who wants all of them is told. Not thread-safe.
 */
final class SurveyReader implements AutoCloseable {

    /** In which channels stand there. */
    static final Comparator<Channel> ORDER = Comparator.comparing(Channel::path);

    static final int FORMAT = 1;

    /** An index of a channel. */
    record Entry(Channel channel, ObjectVersion version) {}

    private record Seen(Entry entry, ChannelIndex index) {}

    private final JsonParser parser;
    private Optional<Seen> next;
    private boolean passedOver;
    private boolean complete;

    SurveyReader(Path file) throws IOException {
        parser = ChannelIndex.STRICT.createParser(file);
        next = begin() ? advance() : Optional.empty();
    }

    private boolean begin() {
        try {
            return parser.nextToken() == JsonToken.START_OBJECT
                    && parser.nextToken() == JsonToken.PROPERTY_NAME
                    && parser.currentName().equals("format")
                    && parser.nextToken() == JsonToken.VALUE_NUMBER_INT
                    && parser.getIntValue() == FORMAT
                    && parser.nextToken() == JsonToken.PROPERTY_NAME
                    && parser.currentName().equals("channels")
                    && parser.nextToken() == JsonToken.START_ARRAY;
        } catch (JacksonException damaged) {
            return false;
        }
    }

    private Optional<Seen> advance() {
        try {
            JsonToken token = parser.nextToken();
            if (token == JsonToken.START_OBJECT) {
                return Optional.of(channel());
            }
            complete = token == JsonToken.END_ARRAY
                    && parser.nextToken() == JsonToken.END_OBJECT
                    && parser.nextToken() == null;
            return Optional.empty();
        } catch (ChannelIndex.MalformedException
                | JacksonException
                | DateTimeException
                | IllegalArgumentException
                | FaultException damaged) {
            return Optional.empty();
        }
    }

    private Seen channel() throws ChannelIndex.MalformedException {
        Optional<String> version = Optional.empty();
        Optional<ChannelIndex> index = Optional.empty();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String member = parser.currentName();
            JsonToken value = parser.nextToken();
            if (member.equals("version")) {
                version = Optional.of(parser.getValueAsString(""));
            } else if (member.equals("index") && value == JsonToken.START_OBJECT) {
                index = Optional.of(ChannelIndex.read(parser, ChannelSurvey.KEY.value()));
            } else {
                parser.skipChildren();
            }
        }
        ChannelIndex.require(version.isPresent() && index.isPresent(), "something of a channel is missing");
        Optional<Channel> channel = Channel.find(index.get().channel());
        ChannelIndex.require(channel.isPresent(), "there is no such channel");
        return new Seen(new Entry(channel.get(), new ObjectVersion(version.get())), index.get());
    }

    /** Whether all channels were asked for, and none is missing. */
    boolean isUsedUp() {
        return complete && !passedOver;
    }

    /**
     * The index that a channel had in that version; empty if there is none. Channels are to be asked for in {@link #ORDER},
     * and those before this one are passed over.
     */
    Optional<ChannelIndex> find(Entry wanted) {
        while (next.isPresent() && ORDER.compare(next.get().entry().channel(), wanted.channel()) < 0) {
            passedOver = true;
            next = advance();
        }
        if (next.isEmpty() || !next.get().entry().channel().equals(wanted.channel())) {
            return Optional.empty();
        }
        Seen found = next.get();
        next = advance();
        return found.entry().equals(wanted) ? Optional.of(found.index()) : Optional.empty();
    }

    /** @throws IOException if it is damaged; some channels were visited then */
    void forEach(ChannelSurvey.Visitor visitor) throws IOException {
        for (; next.isPresent(); next = advance()) {
            visitor.visit(next.get().entry().channel(), next.get().index());
        }
        if (!complete) {
            throw new IOException("it is damaged");
        }
    }

    @Override
    public void close() {
        parser.close();
    }
}
