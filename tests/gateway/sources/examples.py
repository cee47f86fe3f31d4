"""One table of messages for each source, in the shape in which its makers' devices send them, and what is read there.

docs/sources.md shows these very tables (tests/gateway/sources/test_examples.py keeps it so). What is read is written
as `kind value`; a message says also that its device is there, which is not repeated in each line.
"""

from typing import NamedTuple

NOW = 1795400100.0


class Example(NamedTuple):
    """read: as `said_by` of test_examples writes it; "refused: …" with the reason; "" for nothing but being there."""

    topic: str
    body: str
    read: str


_HA = "homeassistant"
_ECHONET = "echonetlite2mqtt/elapi/v2/devices"

# What is configured for the examples, as gateway.toml has it.
CONFIGURED = """
gateway = "g"
data_dir = "data"
[backend]
url = "http://127.0.0.1"
credential = "g.secret"
[zigbee2mqtt]
emergency_buttons = ["sos"]
[tasmota.inputs]
"hall/Switch1" = "presence"
"hall/Switch2" = "door"
"bath/Switch1" = "emergency"
"bath/Button1" = "emergency"
"kitchen/Switch1" = "smoke"
"kitchen/Switch2" = "leak"
[esphome.entities]
"bath-esp/radar" = "presence"
"bath-esp/cord" = "emergency"
"bath-esp/flow" = "water"
"bath-esp/warmth" = "temperature"
"bath-esp/damp" = "humidity"
[echonet]
[homeassistant]
emergency_buttons = ["ha/cord-1"]
"""

NATIVE = [
    Example(
        "tomoshibi/v1/hall-pir/event",
        '{"v":1,"boot":"9f3c21aa","seq":1042,"at":1795400000.25,"kind":"motion","value":{"count":7}}',
        'motion {"count":7}',
    ),
    Example(
        "tomoshibi/v1/hall-pir/event",
        '{"v":1,"boot":"9f3c21aa","seq":1043,"age_ms":5200,"kind":"door","value":"open"}',
        'door "open"',
    ),
    Example(
        "tomoshibi/v1/sink/event",
        '{"v":1,"boot":"9f3c21aa","seq":7,"at":1795400000.0,"kind":"water","value":{"l_per_min":4.2}}',
        'water {"l_per_min":4.2}',
    ),
    Example(
        "tomoshibi/v1/hall-pir/status",
        '{"v":1,"state":"online","firmware":"1.4.0","boot":"9f3c21aa"}',
        "status online",
    ),
]

ZIGBEE2MQTT = [
    Example(
        "zigbee2mqtt/Bad 1F",
        '{"occupancy":true,"battery":100,"illuminance":1515,"linkquality":86}',
        'presence true · light {"lux":1515} · health {"battery_pct":100,"linkquality":86}',
    ),
    Example("zigbee2mqtt/door", '{"contact":false,"tamper":false}', 'door "open" · tamper false'),
    Example("zigbee2mqtt/sos", '{"action":"single","battery":90}', 'emergency "pressed" · health {"battery_pct":90}'),
    Example("zigbee2mqtt/remote", '{"action":"on_press"}', 'motion {"count":1}'),
    Example("zigbee2mqtt/kitchen", '{"smoke":true,"battery_low":false}', 'smoke true · health {"battery_low":false}'),
    Example("zigbee2mqtt/washer", '{"water_leak":true}', "leak true"),
    Example("zigbee2mqtt/plug", '{"power":41.2,"energy":12.3,"state":"ON"}', 'power {"w":41.2}'),
    Example("zigbee2mqtt/door/availability", '{"state":"offline"}', "status offline, by hearsay"),
    Example("zigbee2mqtt/bridge/state", "online", ""),
]

TASMOTA = [
    Example(
        "tele/living/SENSOR",
        '{"Time":"2026-11-23T02:14:00","AM2301":{"Temperature":24.6,"Humidity":58.2,"DewPoint":15.8},"TempUnit":"C"}',
        'climate {"temperature_c":24.6,"humidity_pct":58.2}',
    ),
    Example(
        "tele/living/SENSOR",
        '{"Time":"2026-11-23T02:14:00","SHT3X":{"Temperature":77.0,"Humidity":40.0},"TempUnit":"F"}',
        'climate {"temperature_c":25.0,"humidity_pct":40.0}',
    ),
    Example(
        "tele/living/SENSOR",
        '{"Time":"2026-11-23T02:14:00","DS18B20":{"Id":"0316A2","Temperature":19.5},"BH1750":{"Illuminance":190},'
        '"ESP32":{"Temperature":53.3},"TempUnit":"C"}',
        'climate {"temperature_c":19.5} · light {"lux":190}',
    ),
    Example("tele/hall/SENSOR", '{"Time":"2026-11-23T02:14:00","Switch1":"ON"}', "presence true"),
    Example("stat/hall/RESULT", '{"Switch1":{"Action":"ON"}}', "presence true"),
    Example("stat/hall/RESULT", '{"Switch2":{"Action":"OFF"}}', 'door "closed"'),
    Example("stat/bath/RESULT", '{"Switch1":{"Action":"ON"}}', 'emergency "pressed"'),
    Example("tele/bath/SENSOR", '{"Time":"2026-11-23T02:19:00","Switch1":"ON"}', ""),
    Example("stat/bath/RESULT", '{"Switch1":{"Action":"OFF"}}', 'emergency "released"'),
    Example("stat/bath/RESULT", '{"Button1":{"Action":"SINGLE"}}', 'emergency "pressed"'),
    Example("stat/hall/RESULT", '{"Button1":{"Action":"DOUBLE"}}', 'motion {"count":1}'),
    Example("stat/kitchen/RESULT", '{"Switch1":{"Action":"ON"}}', "smoke true"),
    Example("stat/kitchen/RESULT", '{"Switch2":{"Action":"ON"}}', "leak true"),
    Example("stat/unknown/RESULT", '{"Switch1":{"Action":"ON"}}', ""),
    Example(
        "tele/bed/SENSOR",
        '{"Time":"2026-11-23T02:14:00","LD2410":{"Distance":[200.0,181.0,144.0],"Energy":[13,100]}}',
        "presence true",
    ),
    Example(
        "tele/bed/SENSOR",
        '{"Time":"2026-11-23T02:14:01","LD2410":{"Distance":[125.0,0.0,0.0],"Energy":[0,100]}}',
        "presence false",
    ),
    Example(
        "tele/plug/SENSOR",
        '{"Time":"2026-11-23T02:14:00","ENERGY":{"Total":8.217,"Power":540,"Voltage":101,"Current":5.370}}',
        'power {"w":540}',
    ),
    Example(
        "tele/main/SENSOR",
        '{"Time":"2026-11-23T02:14:00","FLOWRATE":{"Rate":[240.0,0.0],"Unit":"l/h"}}',
        'water {"l_per_min":4.0}',
    ),
    Example(
        "tele/plug/STATE",
        '{"Time":"2026-11-23T02:14:00","UptimeSec":911,"Heap":24,"POWER":"OFF","Wifi":{"AP":1,"RSSI":46,"Signal":-77}}',
        'health {"rssi_dbm":-77}',
    ),
    Example("stat/plug/RESULT", '{"POWER":"ON"}', ""),
    Example("tele/plug/LWT", "Online", "status online"),
    Example("tele/plug/LWT", "Offline", "status offline"),
    Example("tele/plug/LWT", "DeepSleep", "status sleeping"),
]

ESPHOME = [
    Example("bath-esp/binary_sensor/radar/state", "ON", "presence true"),
    Example("bath-esp/binary_sensor/cord/state", "ON", 'emergency "pressed"'),
    Example("bath-esp/binary_sensor/cord/state", "OFF", 'emergency "released"'),
    Example("bath-esp/sensor/flow/state", "4.20", 'water {"l_per_min":4.2}'),
    Example("bath-esp/sensor/damp/state", "71.5", ""),
    Example("bath-esp/sensor/warmth/state", "24.6", 'climate {"temperature_c":24.6,"humidity_pct":71.5}'),
    Example("bath-esp/sensor/warmth/state", "nan", ""),
    Example("bath-esp/status", "offline", "status offline"),
]

ECHONET = [
    Example(f"{_ECHONET}/button-1/properties/occurrenceOfEmergency", "true", 'emergency "pressed"'),
    Example(f"{_ECHONET}/button-1/properties/occurrenceOfEmergency", "false", 'emergency "released"'),
    Example(f"{_ECHONET}/hall-1/properties/detection", "true", "presence true"),
    Example(f"{_ECHONET}/lock-1/properties/doorOpened", "true", 'door "open"'),
    Example(f"{_ECHONET}/lock-1/properties/mainElectricLock", "true", ""),
    Example(f"{_ECHONET}/lock-1/properties/alarmStatus", "breakOpen", "tamper true"),
    Example(f"{_ECHONET}/lock-1/properties/replaceBatteryLevel", "true", 'health {"battery_low":true}'),
    Example(f"{_ECHONET}/meter-1/properties/instantaneousElectricPower", "412", 'power {"w":412.0}'),
    Example(f"{_ECHONET}/meter-1/properties/instantaneousElectricPower", "noData", ""),
]

DISCOVERY = [
    Example(
        f"{_HA}/binary_sensor/hall-esp/motion/config",
        '{"name":"Motion","dev_cla":"motion","stat_t":"hall-esp/binary_sensor/motion/state","avty_t":"hall-esp/status",'
        '"uniq_id":"ESPbinary_sensormotion","dev":{"ids":"a0b1c2d3e4f5","name":"hall-esp","mf":"espressif"}}',
        "",
    ),
    Example("hall-esp/binary_sensor/motion/state", "ON", "presence true"),
    Example("hall-esp/status", "offline", "status offline, by hearsay"),
    Example(
        f"{_HA}/device/sink-1/config",
        '{"dev":{"ids":["sink-1"],"name":"Sink"},"o":{"name":"acme","sw":"2.1"},"~":"acme/sink-1","stat_t":"~/state",'
        '"cmps":{"flow":{"p":"sensor","dev_cla":"volume_flow_rate","unit_of_meas":"L/min",'
        '"val_tpl":"{{ value_json.flow | float }}","uniq_id":"s1f"},'
        '"leak":{"p":"binary_sensor","dev_cla":"moisture","pl_on":true,"pl_off":false,'
        '"val_tpl":"{{ value_json[\'leak\'] }}","uniq_id":"s1l"},'
        '"power":{"p":"sensor","dev_cla":"power","unit_of_meas":"kW","val_tpl":"{{ value_json.kw }}"}}}',
        "",
    ),
    Example(
        "acme/sink-1/state",
        '{"flow":4.2,"leak":false,"kw":0.04}',
        'water {"l_per_min":4.2} · leak false · power {"w":40.0}',
    ),
    Example(
        f"{_HA}/binary_sensor/rf-pir/config",
        '{"device_class":"motion","state_topic":"rf/pir","off_delay":30,"unique_id":"rf-pir"}',
        "",
    ),
    Example("rf/pir", "ON", 'motion {"count":1}'),
    Example(
        f"{_HA}/binary_sensor/kitchen/config",
        '{"device_class":"smoke","state_topic":"kitchen/smoke","payload_on":"1","payload_off":"0","unique_id":"k"}',
        "",
    ),
    Example("kitchen/smoke", "1", "smoke true"),
    Example(f"{_HA}/binary_sensor/cord/config", '{"dev_cla":"safety","stat_t":"cord","dev":{"ids":["cord-1"]}}', ""),
    Example("cord", "ON", 'emergency "pressed"'),
    Example(
        f"{_HA}/sensor/odd/config",
        '{"dev_cla":"temperature","stat_t":"odd","val_tpl":"{{ (value | float - 32) / 1.8 }}","uniq_id":"odd"}',
        "refused: kind",
    ),
    Example(
        f"{_HA}/binary_sensor/bad/config",
        '{"dev_cla":"motion","stat_t":"tomoshibi/v1/hall-101/event","uniq_id":"bad"}',
        "refused: topic",
    ),
]

TABLES = {
    "Our own nodes": NATIVE,
    "Zigbee2MQTT": ZIGBEE2MQTT,
    "Tasmota": TASMOTA,
    "ESPHome": ESPHOME,
    "ECHONET Lite": ECHONET,
    "Home Assistant discovery": DISCOVERY,
}
