using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Security;

/// <summary>
/// Data Protection's keys in the table that its EF package describes, read over a plain connection: the first page needs
/// them, and nothing else of the store.
/// </summary>
internal sealed class StoredKeyRing(StoreConnections connections, Func<XElement, XElement> open) : IXmlRepository
{
    public const string SealedElement = "sealed";

    /// <exception cref="StoreException">They were sealed under another key file. Data Protection itself would make new ones.</exception>
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var connection = connections.Open();
        using var read = connection.CreateCommand();
        read.CommandText = """SELECT "Xml" FROM "DataProtectionKeys" WHERE "Xml" IS NOT NULL ORDER BY "Id" """;
        using var rows = read.ExecuteReader();
        var elements = new List<XElement>();
        while (rows.Read())
        {
            elements.Add(XElement.Parse(rows.GetString(0)));
        }
        if (elements.SelectMany(element => element.Descendants(SealedElement)).LastOrDefault() is { } newest)
        {
            open(newest);
        }
        return elements;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var connection = connections.Open();
        using var write = connection.CreateCommand();
        write.CommandText = """INSERT INTO "DataProtectionKeys" ("FriendlyName", "Xml") VALUES (@name, @xml)""";
        Add("@name", friendlyName);
        Add("@xml", element.ToString(SaveOptions.DisableFormatting));
        if (write.ExecuteNonQuery() != 1)
        {
            throw new StoreException($"The key {friendlyName} could not be kept in the store.");
        }

        void Add(string name, string value)
        {
            var parameter = write.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value;
            write.Parameters.Add(parameter);
        }
    }
}
