using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Logs.Loki;

/// <summary>
/// Reads the result of a query or a frame of a tail token by token as the bytes arrive, so that nothing but the lines
/// themselves is held. The elements say themselves whether they are lines or numbers.
/// </summary>
/// <param name="isTail">A tail's frame has its streams at the root; a query's answer has them in <c>data.result</c>.</param>
internal sealed class LokiResultReader(bool isTail)
{
    // Root, data, result, element, values, pair and the metadata object within; what is deeper is skipped by name.
    private const int Depths = 64;

    private readonly Name[] _names = new Name[Depths];
    private readonly LokiStringPool _pool = new();
    private readonly List<LokiStream> _streams = [];
    private readonly List<LokiSeries> _series = [];
    private readonly List<LokiDropped> _dropped = [];
    private readonly List<string> _warnings = [];
    private readonly List<KeyValuePair<string, string>> _labels = [];
    private readonly List<LokiPoint> _points = [];
    private readonly List<KeyValuePair<string, string>> _extra = [];
    private List<LokiEntry> _entries = [];
    private Dictionary<LokiLabels, List<LokiEntry>>? _categorized;
    private string _label = "";
    private string? _type;
    private bool _isLines;
    private bool _isCategorized;
    private bool _sawResult;
    private int _column;
    private long _time;
    private string _line = "";
    private double _value;
    private LokiQueryStats _stats = LokiQueryStats.None;

    private enum Name
    {
        Other,
        Data,
        ResultType,
        Result,
        Streams,
        Dropped,
        Warnings,
        Stream,
        Metric,
        Labels,
        Values,
        Value,
        Timestamp,
        Stats,
        Summary,
        Bytes,
        Lines,
        Entries,
        Seconds,
        Metadata,
        Parsed,
        Flags,
    }

    // Depth of an element's properties.
    private int Inside => isTail ? 3 : 4;

    private bool InElements =>
        isTail ? _names[1] is Name.Streams or Name.Dropped : _names[1] == Name.Data && _names[2] == Name.Result;

    public LokiAnswer Answer()
    {
        if (!_sawResult)
        {
            throw new JsonException("There is no data.result in the answer.");
        }

        return new LokiAnswer(
            _type switch
            {
                "matrix" => LokiResultType.Matrix,
                "vector" => LokiResultType.Vector,
                "scalar" => LokiResultType.Scalar,
                "streams" => LokiResultType.Streams,
                _ => throw new JsonException($"The result type \"{_type}\" is not known."),
            },
            _streams,
            _series,
            _stats,
            _warnings
        );
    }

    public LokiTailFrame Frame() => new(_streams, _dropped, _isCategorized);

    public void Token(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        if (reader.TokenType == JsonTokenType.PropertyName)
        {
            Property(ref reader, depth);
        }
        else if (InElements && depth >= Inside - 1)
        {
            Element(ref reader, depth);
        }
        else if (_names[1] == Name.Data && _names[2] == Name.Stats && reader.TokenType == JsonTokenType.Number)
        {
            Stat(ref reader, depth);
        }
        else if (reader.TokenType == JsonTokenType.String)
        {
            if (depth == 2 && _names[1] == Name.Data && _names[2] == Name.ResultType)
            {
                _type = reader.GetString();
            }
            else if (depth == 2 && _names[1] == Name.Flags)
            {
                _isCategorized |= reader.ValueTextEquals("categorize-labels"u8);
            }
            else if (depth == 2 && _names[1] == Name.Warnings)
            {
                _warnings.Add(LokiTextReader.Of(ref reader));
            }
        }
    }

    private void Property(ref Utf8JsonReader reader, int depth)
    {
        if (
            InElements
            && (
                depth == Inside + 1 && _names[Inside] is Name.Stream or Name.Metric or Name.Labels
                || depth == Inside + 4
                    && _names[Inside] == Name.Values
                    && _names[Inside + 3] is Name.Metadata or Name.Parsed
            )
        )
        {
            _label = _pool.Of(ref reader);
            return;
        }

        if (depth >= Depths)
        {
            return;
        }

        _names[depth] = NameOf(ref reader);
        _sawResult |= depth == 2 && _names[1] == Name.Data && _names[2] == Name.Result;
    }

    private void Element(ref Utf8JsonReader reader, int depth)
    {
        var level = depth - Inside;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject when level == -1:
                _labels.Clear();
                _points.Clear();
                _entries = [];
                _categorized = null;
                _isLines = false;
                _time = 0;
                break;
            case JsonTokenType.EndObject when level == -1:
                Finish();
                break;
            case JsonTokenType.StartArray when level == PairLevel:
                _column = 0;
                _extra.Clear();
                break;
            // With categorized labels a line's own stand beside it.
            case JsonTokenType.String
                when level == 4 && _names[Inside] == Name.Values && _names[Inside + 3] is Name.Metadata or Name.Parsed:
                _extra.Add(new(_label, _pool.Of(ref reader)));
                break;
            case JsonTokenType.EndArray when level == PairLevel:
                AddPair();
                break;
            case JsonTokenType.String when level == 1 && _names[Inside] is Name.Stream or Name.Metric or Name.Labels:
                _labels.Add(new(_label, _pool.Of(ref reader)));
                break;
            case JsonTokenType.String or JsonTokenType.Number when level == 0 && _names[Inside] == Name.Timestamp:
                _time = Nanoseconds(ref reader);
                break;
            case JsonTokenType.String
            or JsonTokenType.Number when level == PairLevel + 1 && _names[Inside] is Name.Values or Name.Value:
                Column(ref reader);
                break;
            // A scalar is a pair by itself.
            case JsonTokenType.String or JsonTokenType.Number when level == -1:
                Column(ref reader);
                if (_column == 2)
                {
                    _series.Add(new LokiSeries(LokiLabels.Empty, [new LokiPoint(_time, _value)]));
                }

                break;
        }
    }

    // "values" holds pairs, "value" is one.
    private int PairLevel =>
        _names[Inside] switch
        {
            Name.Values => 1,
            Name.Value => 0,
            _ => int.MaxValue - 1,
        };

    private void Column(ref Utf8JsonReader reader)
    {
        if (_column == 0)
        {
            _isLines = reader.TokenType == JsonTokenType.String;
            _time = _isLines
                ? Nanoseconds(ref reader)
                : (long)Math.Round(reader.GetDouble() * 1000, MidpointRounding.AwayFromZero);
        }
        else if (_column == 1 && _isLines)
        {
            _line = LokiTextReader.Of(ref reader);
        }
        else if (_column == 1)
        {
            _value = Sample(ref reader);
        }

        _column++;
    }

    private void AddPair()
    {
        if (_column < 2)
        {
            throw new JsonException("A value has no time or no content.");
        }

        if (_isLines && _extra.Count > 0)
        {
            // In the order in which they came, as Loki has it without the categories.
            _categorized ??= [];
            var own = new LokiLabels(_extra);
            if (!_categorized.TryGetValue(own, out var entries))
            {
                _categorized.Add(own, entries = []);
            }
            entries.Add(new LokiEntry(_time, _line));
        }
        else if (_isLines)
        {
            _entries.Add(new LokiEntry(_time, _line));
        }
        else
        {
            _points.Add(new LokiPoint(_time, _value));
        }
    }

    private void Finish()
    {
        var labels = _labels.Count == 0 ? LokiLabels.Empty : new LokiLabels(_labels);
        if (isTail && _names[1] == Name.Dropped)
        {
            _dropped.Add(new LokiDropped(_time, labels));
        }
        else if (_isLines)
        {
            if (_entries.Count > 0 || _categorized is null)
            {
                _streams.Add(new LokiStream(labels, _entries));
            }
            foreach (var (own, entries) in _categorized ?? [])
            {
                _streams.Add(new LokiStream(labels.With(own), entries));
            }
        }
        else if (_points.Count > 0)
        {
            _series.Add(new LokiSeries(labels, _points.ToArray()));
        }
    }

    private void Stat(ref Utf8JsonReader reader, int depth)
    {
        if (depth != 4 || _names[3] != Name.Summary)
        {
            return;
        }

        var value = reader.GetDouble();
        _stats = _names[4] switch
        {
            Name.Bytes => _stats with { BytesProcessed = (long)value },
            Name.Lines => _stats with { LinesProcessed = (long)value },
            Name.Entries => _stats with { EntriesReturned = (long)value },
            Name.Seconds => _stats with { Seconds = value },
            _ => _stats,
        };
    }

    private static long Nanoseconds(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.GetInt64();
        }

        Span<byte> text = stackalloc byte[32];
        return
            reader.ValueSpan.Length <= text.Length
            && reader.CopyString(text) is var length
            && Utf8Parser.TryParse(text[..length], out long value, out var used)
            && used == length
            ? value
            : throw new JsonException("A time is not a number of nanoseconds.");
    }

    private static double Sample(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.GetDouble();
        }

        var text = reader.GetString();
        return text switch
        {
            "NaN" => double.NaN,
            "+Inf" or "Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) => value,
            _ => throw new JsonException($"\"{text}\" is not a number."),
        };
    }

    private static Name NameOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("values"u8) ? Name.Values
        : reader.ValueTextEquals("stream"u8) ? Name.Stream
        : reader.ValueTextEquals("metric"u8) ? Name.Metric
        : reader.ValueTextEquals("value"u8) ? Name.Value
        : reader.ValueTextEquals("data"u8) ? Name.Data
        : reader.ValueTextEquals("resultType"u8) ? Name.ResultType
        : reader.ValueTextEquals("result"u8) ? Name.Result
        : reader.ValueTextEquals("streams"u8) ? Name.Streams
        : reader.ValueTextEquals("dropped_entries"u8) ? Name.Dropped
        : reader.ValueTextEquals("labels"u8) ? Name.Labels
        : reader.ValueTextEquals("timestamp"u8) ? Name.Timestamp
        : reader.ValueTextEquals("warnings"u8) ? Name.Warnings
        : reader.ValueTextEquals("stats"u8) ? Name.Stats
        : reader.ValueTextEquals("summary"u8) ? Name.Summary
        : reader.ValueTextEquals("totalBytesProcessed"u8) ? Name.Bytes
        : reader.ValueTextEquals("totalLinesProcessed"u8) ? Name.Lines
        : reader.ValueTextEquals("totalEntriesReturned"u8) ? Name.Entries
        : reader.ValueTextEquals("execTime"u8) ? Name.Seconds
        : reader.ValueTextEquals("structuredMetadata"u8) ? Name.Metadata
        : reader.ValueTextEquals("parsed"u8) ? Name.Parsed
        : reader.ValueTextEquals("encodingFlags"u8) ? Name.Flags
        : Name.Other;
}
