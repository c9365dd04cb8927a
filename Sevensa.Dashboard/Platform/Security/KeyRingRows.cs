using System.Data.Common;
using System.Xml.Linq;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Security;

/// <summary>Data Protection's keys, when the key that seals them is changed (see <see cref="StoredKeyRing"/>).</summary>
internal sealed class KeyRingRows(StoreConnections connections) : ISealedRows
{
    public string Name => "Data Protection keys";

    public async Task<SealedAnew> SealAnewAsync(StoreKey key, CancellationToken cancellation)
    {
        await using var connection = await connections.OpenAsync(cancellation);
        var done = default(SealedAnew);
        foreach (var (id, text) in await ReadAsync(connection, cancellation))
        {
            var element = XElement.Parse(text);
            var isChanged = false;
            foreach (var one in element.Descendants(StoredKeyRing.SealedElement))
            {
                done = done.Plus(
                    SealedAnew.Of(
                        () => key.SealAnew(Convert.FromBase64String(one.Value), SealedDataProtection.Purpose),
                        out var anew
                    )
                );
                if (anew is not null)
                {
                    one.Value = Convert.ToBase64String(anew);
                    isChanged = true;
                }
            }
            if (isChanged)
            {
                await WriteAsync(connection, id, text, element, cancellation);
            }
        }
        return done;
    }

    private static async Task<List<(long Id, string Xml)>> ReadAsync(
        DbConnection connection,
        CancellationToken cancellation
    )
    {
        await using var read = connection.CreateCommand();
        read.CommandText = """SELECT "Id", "Xml" FROM "DataProtectionKeys" WHERE "Xml" IS NOT NULL ORDER BY "Id" """;
        await using var rows = await read.ExecuteReaderAsync(cancellation);
        var found = new List<(long Id, string Xml)>();
        while (await rows.ReadAsync(cancellation))
        {
            found.Add((rows.GetInt64(0), rows.GetString(1)));
        }
        return found;
    }

    private static async Task WriteAsync(
        DbConnection connection,
        long id,
        string before,
        XElement after,
        CancellationToken cancellation
    )
    {
        await using var write = connection.CreateCommand();
        write.CommandText = """
            UPDATE "DataProtectionKeys" SET "Xml" = @after WHERE "Id" = @id AND "Xml" = @before
            """;
        Add("@after", after.ToString(SaveOptions.DisableFormatting));
        Add("@id", id);
        Add("@before", before);
        await write.ExecuteNonQueryAsync(cancellation);

        void Add(string name, object value)
        {
            var parameter = write.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            write.Parameters.Add(parameter);
        }
    }
}
