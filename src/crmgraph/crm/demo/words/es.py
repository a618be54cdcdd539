"""Names, places and companies of the demo's customers in Spain."""

COUNTRY = "España"
CODE = "es"
ENDING = "es.example"
PHONE = "+34 {dial} 01 ## ##"
MOBILE = "+34 600 ### ###"
STREET = "{street}, {number}"
MISTER, MISS = "Sr.", "Sra."

WOMEN = """
María Carmen Lucía Ana Isabel Pilar Rocío Elena Marta Nuria Begoña Inés Cristina Paula Teresa Rosario Sofía Ainhoa
Alba Noelia Mercedes Verónica Yolanda Raquel
"""
MEN = """
José Antonio Manuel Javier Carlos Andrés Raúl Álvaro Iñaki Sergio Miguel Ángel Fernando Ramón Óscar Jesús Tomás Iván
Rubén Adrián Joaquín Martín Hugo Gonzalo
"""
SURNAMES = """
García Núñez; Fernández Peña; Rodríguez Soler; Martínez Ibáñez; López Cáceres; Sánchez Vidal; Pérez Muñoz;
Gómez Rivas; Ruiz Alarcón; Díaz Castaño; Moreno Gil; Álvarez Ponce; Romero Ortega; Navarro León; Torres Bueno;
Domínguez Sanz; Vázquez Mora; Ramos Iglesias; Gil Cuesta; Serrano Plaza; Blanco Yáñez; Molina Roldán;
Suárez Piñeiro; Ortiz Bravo; Castro Lago; Rubio Nieto; Marín Espada; Iglesias Feijoo; Núñez Calvo; Medina Salas;
Cortés Guerrero; Lozano Campos; Cano Peral; Prieto Luna; Méndez Crespo; Cruz Benítez; Herrera Pastor; Peña Aguirre;
Cabrera Rey; Fuentes Durán
"""

CITIES = """
Madrid | 28013 | Comunidad de Madrid | 40.4168 | -3.7038 | 910
Cádiz | 11001 | Andalucía | 36.5297 | -6.2926 | 956
Sevilla | 41001 | Andalucía | 37.3886 | -5.9823 | 954
A Coruña | 15003 | Galicia | 43.3623 | -8.4115 | 981
Gijón | 33201 | Principado de Asturias | 43.5322 | -5.6611 | 984
Málaga | 29015 | Andalucía | 36.7213 | -4.4214 | 952
València | 46002 | Comunitat Valenciana | 39.4699 | -0.3763 | 960
Logroño | 26001 | La Rioja | 42.4627 | -2.4450 | 941
Donostia-San Sebastián | 20003 | País Vasco | 43.3183 | -1.9812 | 943
"""
STREETS = """
Calle Mayor; Calle del Carmen; Avenida de la Constitución; Plaza de España; Calle Ancha; Paseo Marítimo;
Calle San Agustín; Avenida de Andalucía; Calle de la Montaña; Ronda de Levante; Calle Peñuelas; Plaza del Ángel;
Calle Núñez de Balboa; Travesía del Río
"""

COMPANIES = """
Grupo Hotelero Alborán | hotel | Madrid
Hotel Alborán Cádiz | hotel | Cádiz | Grupo Hotelero Alborán
Hotel Alborán Málaga | hotel | Málaga | Grupo Hotelero Alborán
Hotel Alborán València | hotel | València | Grupo Hotelero Alborán
Parador Viña del Ebro | hotel | Logroño
Hostal Casa Begoña | hotel | Donostia-San Sebastián
Café La Señora | cafe | Madrid
Cafetería El Ñandú | cafe | Cádiz
Churrería San Telmo | cafe | Sevilla
Obrador Pan y Canela | cafe | Gijón
Restaurante O Peirao | cafe | A Coruña
Distribuciones Peñalver | dealer | València
Vending Cantábrico | dealer | Gijón
Suministros Hosteleros del Sur | dealer | Sevilla
Bufete Ibáñez y Asociados | law | Madrid
Notaría Salamanca 40 | law | Madrid
Clínica Santa Águeda | clinic | Málaga
Hospital San Lázaro | clinic | Sevilla
Centro Dental Sonríe | clinic | Logroño
Seguros La Concha | insurance | Donostia-San Sebastián
Caja Rural del Guadiana | finance | Sevilla
Inversiones Montañés | finance | Madrid
Coworking La Colmena | office | Madrid
Coworking La Colmena Málaga | office | Málaga | Coworking La Colmena
Estudio Añil | design | València
Lince Software | office | Málaga
Colegio Nuestra Señora del Mar | school | Cádiz
Universidad Popular de Asturias | school | Gijón
Transportes Muñoz e Hijos | transport | Logroño
Talleres Metálicos Ferrol | factory | A Coruña
Gimnasios Átomo | gym | València
Conservas Ría de Arousa | food | A Coruña
"""

JOBS = """
Responsable de compras | Responsable de compras | Compras
Director de hotel | Directora de hotel | Dirección
Jefe de administración | Jefa de administración | Administración
Gerente | Gerente | Dirección
Encargado de sala | Encargada de sala | Sala
Director financiero | Directora financiera | Finanzas
Responsable de servicios generales | Responsable de servicios generales | Servicios generales
Propietario | Propietaria | Dirección
Coordinador de oficina | Coordinadora de oficina | Recursos humanos
Jefe de mantenimiento | Jefa de mantenimiento | Mantenimiento
"""
