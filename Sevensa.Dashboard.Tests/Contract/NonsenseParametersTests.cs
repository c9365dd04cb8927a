using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Contract;

/// <summary>
/// Nonsense for each parameter of each endpoint: the caller's mistake, told in the caller's words, after who may ask at all and
/// whose it is.
/// </summary>
public sealed partial class NonsenseParametersTests(RightsMatrixTests.Company company)
    : IClassFixture<RightsMatrixTests.Company>
{
    private const string Own = "rentguy";
    private const string Foreign = "witcom";

    private static readonly string[] nonsense =
    [
        "x",
        "-",
        "NaN",
        "1e999",
        "99999999999999999999",
        "2026-13-45T99:99:99Z",
        "%00",
        "%ED%A0%80",
        "%22%3E%3Cscript%3E",
        "null",
        new string('9', 3000),
    ];

    private IReadOnlyList<ApiEndpoint> Endpoints => ApiEndpoint.AllOf(company);

    [Fact]
    public async Task A_parameter_that_can_not_be_read_is_named_in_a_problem()
    {
        var cells = (
            from endpoint in Endpoints
            from parameter in endpoint.Parameters
            where parameter.Type != typeof(string)
            from value in nonsense
            // Whole numbers and times read these.
            where value != "99999999999999999999" || parameter.Type != typeof(double)
            select (endpoint, parameter.Name, value)
        ).ToList();
        Assert.True(cells.Count > 100, $"only {cells.Count} were found");
        await EachAsync(
            cells.Select(cell => (cell.endpoint, $"{cell.Name}={cell.value}", "admin", Own)),
            (status, body, question) =>
                status == 400 && body.Contains($"\\\"{question.Split('=')[0]}\\\"", StringComparison.Ordinal)
        );
    }

    [Fact]
    public Task A_text_that_means_nothing_is_no_error_of_the_programs() =>
        EachAsync(
            from endpoint in Endpoints
            from parameter in endpoint.Parameters
            where parameter.Type == typeof(string)
            from value in nonsense
            select (endpoint, $"{parameter.Name}={value}", "admin", Own),
            (status, _, _) => status is < 500 or 502 or 503 or 504
        );

    [Fact]
    public Task Who_sends_no_token_is_asked_for_one_first() =>
        EachAsync(
            from endpoint in Endpoints
            where !endpoint.Pattern.StartsWith("/api/v1/hooks/", StringComparison.Ordinal)
            from parameter in endpoint.Parameters
            select (endpoint, $"{parameter.Name}=x%00", "nobody", Own),
            (status, _, _) => status == 401
        );

    [Fact]
    public Task Another_tenants_address_is_not_there_whatever_is_asked_of_it() =>
        EachAsync(
            from endpoint in Endpoints
            where endpoint.Pattern.Contains("{tenant}", StringComparison.Ordinal)
            from parameter in endpoint.Parameters.Select(one => one.Name).Append("limit").Append("cursor").Distinct()
            from tenant in new[] { Foreign, "nowhere" }
            from who in new[] { "viewer", "operator" }
            select (endpoint, $"{parameter}=x", who, tenant),
            // What the role may not do at all is said before whose it is.
            (status, _, _) => status is 404 or 403
        );

    [Fact]
    public async Task A_list_knows_its_own_cursors_and_no_page_of_none_or_of_too_many()
    {
        var lists = Endpoints.Where(endpoint => endpoint.IsList).ToList();
        Assert.True(lists.Count > 25, $"only {lists.Count} lists were found");
        await EachAsync(
            from endpoint in lists
            from cursor in new[] { "nonsense", "0", "-1", "1", "WyJvdGhlciIsMV0", Cursor.After("other", 1) }
            select (endpoint, $"cursor={cursor}", "admin", Own),
            (status, _, _) => status == 400
        );
        await EachAsync(
            from endpoint in lists
            from limit in new[] { "0", "-1", "100000", "2147483647" }
            select (endpoint, $"limit={limit}", "admin", Own),
            (status, body, _) => status == 400 && body.Contains("from 1 to", StringComparison.Ordinal)
        );
    }

    private async Task EachAsync(
        IEnumerable<(ApiEndpoint Endpoint, string Query, string Who, string Tenant)> cells,
        Func<int, string, string, bool> isRight
    )
    {
        var wrong = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            cells,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = 8,
                CancellationToken = TestContext.Current.CancellationToken,
            },
            async (cell, cancellation) =>
            {
                using var request = new HttpRequestMessage(
                    new HttpMethod(cell.Endpoint.Method),
                    $"{cell.Endpoint.Address(cell.Tenant)}?{cell.Query}"
                );
                if (company.Tokens.TryGetValue(cell.Who, out var token))
                {
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                }
                using var answer = await company.Client.SendAsync(
                    request,
                    HttpCompletionOption.ResponseHeadersRead,
                    cancellation
                );
                var status = (int)answer.StatusCode;
                var body = status >= 400 ? await answer.Content.ReadAsStringAsync(cancellation) : "";
                if (!isRight(status, body, cell.Query) || Fault(cell.Endpoint, answer, body) is not null)
                {
                    wrong.Add(
                        $"{cell.Endpoint} ?{Short(cell.Query)} as {cell.Who} for {cell.Tenant}: {status} {Fault(cell.Endpoint, answer, body)} {Short(body)}"
                    );
                }
            }
        );
        Assert.True(wrong.IsEmpty, $"{wrong.Count}:\n" + string.Join("\n", wrong.Order().Take(40)));
    }

    /// <summary>What is wrong with the form of a refusal.</summary>
    private static string? Fault(ApiEndpoint endpoint, HttpResponseMessage answer, string body) =>
        (int)answer.StatusCode < 400 ? null
        : TypeNames().Match(body) is { Success: true } name ? $"names {name.Value}"
        : endpoint.IsAnothers ? null
        : answer.Content.Headers.ContentType?.MediaType != "application/problem+json" ? "is no problem"
        : !JsonElement.Parse(body).TryGetProperty("title", out _) ? "has no title"
        : null;

    private static string Short(string text) => text.Length > 300 ? text[..300] + "…" : text;

    [GeneratedRegex(
        @"System\.|Microsoft\.|Sevensa\.Dashboard\.|Nullable|U?Int(16|32|64)|DateTimeOffset|JsonElement|IReadOnlyList|\bBoolean\b|\b(int|long|bool|string|double)\?? \w+\\""|   at "
    )]
    private static partial Regex TypeNames();
}
