using static Sevensa.Dashboard.Sandbox.Fleet.LogVoices;

namespace Sevensa.Dashboard.Sandbox.Fleet;

internal static class TenantVoices
{
    public static string RentGuyApi(in LogMoment m, string level)
    {
        if (LifeMessage(m) is { } life)
        {
            return JsonLine(m, level, life);
        }
        var path = Choose(m, 4, "/api/rentals", "/api/availability", "/api/items", "/api/bookings", "/api/customers");
        var ms = Milliseconds(m, Noise.Unit(m.Seed, 5));
        var degraded = m.Behaviour.ErrorRatio > 0.004;
        switch (level)
        {
            case "error" when degraded:
                return JsonLine(
                    m,
                    level,
                    $"GET {path} failed",
                    $"\"status\":503,\"ms\":{5000 + Number(m, 6, 2, 140)},\"exception\":"
                        + Quoted(
                            "System.TimeoutException: The availability cache did not answer within 5 s.\n"
                                + "   at RentGuy.Api.Bookings.AvailabilityCache.GetAsync(ItemId item, DateRange range)\n"
                                + "   at RentGuy.Api.Bookings.AvailabilityEndpoint.Handle(HttpContext context)\n"
                                + "   at Microsoft.AspNetCore.Routing.EndpointMiddleware.Invoke(HttpContext context)"
                        )
                );
            case "error":
                return JsonLine(
                    m,
                    level,
                    $"POST {path} failed",
                    $"\"status\":500,\"ms\":{ms},\"exception\":"
                        + Quoted(
                            "Npgsql.PostgresException (0x80004005): 40001: could not serialize access due to concurrent update\n"
                                + "   at RentGuy.Api.Bookings.BookingStore.ReserveAsync(BookingId id)"
                        )
                );
            case "warn" when degraded && Noise.Unit(m.Seed, 7) < 0.6:
                return JsonLine(
                    m,
                    level,
                    "heap above the collector's goal",
                    $"\"gen2_collections\":{Number(m, 8, 40, 900)},\"cache_entries\":{Number(m, 9, 40_000, 310_000)},\"pause_ms\":{Number(m, 10, 90, 640)}"
                );
            case "warn":
                return JsonLine(m, level, $"slow request GET {path}", $"\"status\":200,\"ms\":{ms + 900}");
            case "debug":
                return JsonLine(m, level, "availability cache refreshed", $"\"entries\":{Number(m, 8, 900, 5200)}");
            default:
                return JsonLine(
                    m,
                    level,
                    $"{Choose(m, 11, "GET", "GET", "GET", "POST")} {path}",
                    $"\"status\":200,\"ms\":{ms},\"user\":\"u-{Number(m, 12, 1000, 9999)}\""
                );
        }
    }

    public static string PsraApi(in LogMoment m, string level)
    {
        if (LifeMessage(m) is { } life)
        {
            return JsonLine(m, level, life);
        }
        var claim = $"LTSD-{Number(m, 4, 2024, 2027)}-{Number(m, 5, 10_000, 99_999)}";
        var ms = Milliseconds(m, Noise.Unit(m.Seed, 6));
        return level switch
        {
            "error" => JsonLine(
                m,
                level,
                $"declaration {claim} rejected by the origin calculator",
                $"\"status\":500,\"ms\":{ms},\"exception\":"
                    + Quoted(
                        "Psra.Origin.RuleConflictException: HS 8504.40: two preferential rules apply\n"
                            + "   at Psra.Origin.Calculator.Resolve(Declaration declaration)"
                    )
            ),
            "warn" => JsonLine(
                m,
                level,
                "supplier statement expires soon",
                $"\"claim\":\"{claim}\",\"days\":{Number(m, 7, 2, 14)}"
            ),
            "debug" => JsonLine(
                m,
                level,
                "tariff table hit",
                $"\"hs\":\"{Number(m, 7, 1000, 9999)}.{Number(m, 8, 10, 99)}\""
            ),
            _ => JsonLine(
                m,
                level,
                $"{Choose(m, 9, "GET", "POST")} /api/declarations",
                $"\"status\":{Choose(m, 10, 200, 200, 201)},\"ms\":{ms},\"claim\":\"{claim}\""
            ),
        };
    }

    public static string Web(in LogMoment m, string level)
    {
        if (LifeMessage(m) is { } life)
        {
            return $"{Time(m.Time)} [notice] 1#1: {life}";
        }
        if (level is "error" or "warn")
        {
            return $"{Time(m.Time)} [{level}] 29#29: *{Number(m, 4, 1000, 99_999)} upstream "
                + (level == "error" ? "prematurely closed connection" : "response is buffered to a temporary file")
                + ", request: \"GET / HTTP/1.1\"";
        }
        var path = Choose(m, 5, "/", "/assets/app.js", "/assets/app.css", "/catalogue", "/favicon.svg");
        return $"10.0.{Number(m, 6, 1, 9)}.{Number(m, 7, 2, 250)} - - [{Time(m.Time)}] \"GET {path} HTTP/1.1\" "
            + $"{Choose(m, 8, 200, 200, 200, 304)} {Number(m, 9, 180, 48_000)} \"-\" \"Mozilla/5.0\" "
            + $"{Milliseconds(m, Noise.Unit(m.Seed, 10)) / 1000.0:0.000}";
    }

    public static string RentGuyWorker(in LogMoment m, string level)
    {
        if (LifeMessage(m) is { } life)
        {
            return Logfmt(m, level, life);
        }
        var job = Choose(m, 4, "invoice", "reminder", "stock-sync", "contract-pdf");
        return level switch
        {
            "error" => Logfmt(
                m,
                level,
                $"job {job} failed, will retry",
                $"job={job} attempt={Number(m, 5, 1, 4)} err=\"smtp: 421 try again later\""
            ),
            "warn" => Logfmt(m, level, $"job {job} took long", $"job={job} ms={Number(m, 5, 2100, 9000)}"),
            "debug" => Logfmt(m, level, "queue polled", $"waiting={Number(m, 5, 0, 9)}"),
            _ => Logfmt(m, level, $"job {job} done", $"job={job} ms={Number(m, 5, 40, 900)}"),
        };
    }

    public static string CertificateWorker(in LogMoment m, string level)
    {
        if (LifeMessage(m) is { } life)
        {
            return Logfmt(m, level, life);
        }
        var ms = Milliseconds(m, Noise.Unit(m.Seed, 4));
        var id = $"certificate=C-{Number(m, 5, 100_000, 999_999)}";
        if (level is "info" or "debug" && ms > 2000)
        {
            return Logfmt(
                m,
                "warn",
                "certificate generated above the agreed 2 s",
                $"{id} ms={ms} queue={Number(m, 6, 12, 60)}"
            );
        }
        return level switch
        {
            "error" => Logfmt(m, level, "signing failed, requeued", $"{id} err=\"timestamp authority: 503\""),
            "warn" => Logfmt(m, level, "queue is growing", $"queue={Number(m, 6, 8, 40)}"),
            _ => Logfmt(m, level, "certificate generated", $"{id} ms={ms} pages={Number(m, 7, 1, 14)}"),
        };
    }
}
