using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Dashboards.Grafana;

namespace Sevensa.Dashboard.Features.Dashboards;

/// <summary>The file is no dashboard, or more than one may be. Answered as 422 (413 for its size); the message names the limit.</summary>
internal sealed class BoardRefusedException(string message, bool tooLarge = false) : Exception(message)
{
    public bool TooLarge { get; } = tooLarge;
}

/// <summary>Reads and writes dashboards as files: our own, and Grafana's. What is too long or too deep is refused while it is read.</summary>
internal static class BoardFile
{
    public const int MostBytes = 4 * 1024 * 1024;
    public const int Deepest = 64;
    public const int MostPanels = 500;
    public const int MostVariables = 100;
    public const int MostQueries = 60;
    public const int LongestText = 100_000;
    private const int LongestTitle = 200;
    private const int LongestHeading = 300;
    private const int LongestWords = 4000;
    private const int LongestTag = 100;
    private const int MostTags = 100;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        MaxDepth = Deepest,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    private static readonly JsonSerializerOptions Indented = new(Json) { WriteIndented = true };

    public static string Write(Board board, bool indented = false) =>
        JsonSerializer.Serialize(board, indented ? Indented : Json);

    public static JsonElement Element(Board board) => JsonSerializer.SerializeToElement(board, Json);

    /// <summary>What was kept: read without doubts.</summary>
    public static Board ReadKept(string text) =>
        JsonSerializer.Deserialize<Board>(text, Json)
        ?? throw new InvalidOperationException("A kept dashboard is empty.");

    /// <exception cref="BoardRefusedException">It is none, or too much.</exception>
    /// <returns>The dashboard, and the version that the file says it was made from.</returns>
    public static async Task<(Board Board, int? Version)> ReadAsync(Stream file, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            using var all = new MemoryStream();
            for (int read; (read = await file.ReadAsync(buffer, cancellation)) > 0; )
            {
                if (all.Length + read > MostBytes)
                {
                    throw new BoardRefusedException(
                        $"The file is larger than {MostBytes / 1024 / 1024} MB, which is the most that a dashboard may be. Nothing was kept.",
                        tooLarge: true
                    );
                }
                all.Write(buffer, 0, read);
            }
            return Read(all.GetBuffer().AsMemory(0, (int)all.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <exception cref="BoardRefusedException">It is none, or too much.</exception>
    public static (Board Board, int? Version) Read(ReadOnlyMemory<byte> file)
    {
        if (file.Length > MostBytes)
        {
            throw new BoardRefusedException(
                $"The file is larger than {MostBytes / 1024 / 1024} MB, which is the most that a dashboard may be. Nothing was kept.",
                tooLarge: true
            );
        }
        if (file.Span.StartsWith("\uFEFF"u8))
        {
            file = file[3..];
        }
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(
                file,
                new JsonDocumentOptions
                {
                    MaxDepth = Deepest,
                    AllowTrailingCommas = true,
                    CommentHandling = JsonCommentHandling.Skip,
                }
            );
        }
        catch (JsonException broken)
        {
            throw new BoardRefusedException(
                broken.Message.Contains("maximum", StringComparison.OrdinalIgnoreCase)
                    ? $"The file nests deeper than {Deepest} levels, which no dashboard does. Nothing was kept."
                    : $"The file is no JSON: {Where(broken)}. Export the dashboard as JSON and try that file."
            );
        }
        using (document)
        {
            try
            {
                return (Check(Of(document.RootElement)), document.RootElement.Whole("version"));
            }
            catch (InvalidOperationException garbled) when (garbled.InnerException is not null || IsText(garbled))
            {
                // A lone half of a surrogate pair, which JSON lets pass and text does not.
                throw new BoardRefusedException("The file holds text that can't be read as Unicode. Nothing was kept.");
            }
        }
    }

    /// <summary>What people hand in is held to the same bounds as a file.</summary>
    /// <exception cref="BoardRefusedException">It is too much.</exception>
    public static Board Check(Board board)
    {
        var panels = board.Panels.ToList();
        Refuse(string.IsNullOrWhiteSpace(board.Title), "A dashboard has a title.");
        Refuse(board.Title.Length > LongestTitle, $"The title is longer than {LongestTitle} characters.");
        Refuse(board.Description.Length > LongestWords, $"The description is longer than {LongestWords} characters.");
        Refuse(
            panels.Exists(panel => panel.Title.Length > LongestHeading || panel.Description.Length > LongestWords)
                || board.Sections.Any(section => section.Title.Length > LongestHeading),
            $"A panel's or row's title is longer than {LongestHeading} characters, or a panel's description longer than {LongestWords}."
        );
        Refuse(
            board.Tags.Count > MostTags || board.Tags.Any(tag => tag.Length > LongestTag),
            $"It has more than {MostTags} tags, or one that is longer than {LongestTag} characters."
        );
        Refuse(panels.Count > MostPanels, $"It has {panels.Count} panels; {MostPanels} is the most.");
        Refuse(board.Sections.Count > MostPanels, $"It has {board.Sections.Count} rows; {MostPanels} is the most.");
        Refuse(
            board.Variables.Count > MostVariables,
            $"It has {board.Variables.Count} variables; {MostVariables} is the most."
        );
        Refuse(
            panels.Exists(panel => panel.Queries.Count > MostQueries),
            $"A panel has more than {MostQueries} queries."
        );
        Refuse(
            panels.Exists(panel =>
                panel.Queries.Any(query => query.Expr.Length > LongestText) || panel.Text?.Length > LongestText
            ),
            $"A query or text is longer than {LongestText:N0} characters."
        );
        return Numbered(board with { Title = board.Title.Trim(), Sections = [.. board.Sections.Select(Placed)] });
    }

    private static Board Of(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new BoardRefusedException(
                $"The file holds {Kind(root)}, and a dashboard is an object with panels. Nothing was kept."
            );
        }
        // As the API hands it out: {id, version, …, dashboard}.
        if (root.At("dashboard").At("sevensaDashboard").ValueKind == JsonValueKind.Number)
        {
            root = root.At("dashboard");
        }
        if (!root.TryGetProperty("sevensaDashboard", out var format))
        {
            return GrafanaImport.Read(root);
        }
        if (
            format.ValueKind != JsonValueKind.Number
            || !format.TryGetInt32(out var number)
            || number is < 1 or > Board.CurrentFormat
        )
        {
            throw new BoardRefusedException(
                $"The file is of format {format}, which this program does not know; it reads up to {Board.CurrentFormat}."
            );
        }
        try
        {
            return root.Deserialize<Board>(Json) ?? throw new BoardRefusedException("The file is empty.");
        }
        catch (JsonException wrong)
        {
            throw new BoardRefusedException($"The file is no dashboard of ours: {wrong.Message}");
        }
    }

    private static BoardSection Placed(BoardSection section) =>
        section with
        {
            Panels =
            [
                .. section.Panels.Select(panel =>
                    panel with
                    {
                        Place = Within(panel.Place),
                        MaxPerRow = Math.Clamp(panel.MaxPerRow, 1, 24),
                        Kind =
                            panel.Kind == PanelKind.Unsupported && panel.Reason is null ? PanelKind.Text : panel.Kind,
                    }
                ),
            ],
        };

    public static PanelPlace Within(PanelPlace place)
    {
        var width = Math.Clamp(place.W, 1, 24);
        return new PanelPlace(
            Math.Clamp(place.X, 0, 24 - width),
            Math.Clamp(place.Y, 0, 100_000),
            width,
            Math.Clamp(place.H, 1, 100)
        );
    }

    /// <summary>Every panel has an address of its own.</summary>
    private static Board Numbered(Board board)
    {
        var taken = new HashSet<int>();
        var next = board
            .Panels.Select(panel => panel.Id)
            .Where(id => id < int.MaxValue - MostPanels)
            .DefaultIfEmpty(0)
            .Max();
        return board with
        {
            Sections =
            [
                .. board.Sections.Select(section =>
                    section with
                    {
                        Panels =
                        [
                            .. section.Panels.Select(panel =>
                                panel.Id > 0 && taken.Add(panel.Id) ? panel : panel with { Id = New() }
                            ),
                        ],
                    }
                ),
            ],
        };

        int New()
        {
            next = Math.Max(next, 0);
            do
            {
                next++;
            } while (!taken.Add(next));
            return next;
        }
    }

    private static void Refuse(bool wrong, string why)
    {
        if (wrong)
        {
            throw new BoardRefusedException($"{why} Nothing was kept.");
        }
    }

    private static string Kind(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "a text",
            JsonValueKind.Number => "a number",
            _ => $"\"{element}\"",
        };

    private static bool IsText(InvalidOperationException exception) =>
        exception.Message.Contains("UTF", StringComparison.Ordinal);

    private static string Where(JsonException exception) =>
        exception.LineNumber is { } line
            ? $"it breaks off in line {line + 1}, byte {exception.BytePositionInLine + 1}"
            : "it can't be read";
}
